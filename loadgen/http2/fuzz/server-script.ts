/**
 * What a server says to the client under test: answers of every lawful form, and some that are malformed within lawful
 * frames. Which calls it answers is known beforehand: the streams of a client are 1, 3, 5 …
 */
import { statusOfHttp, statusOfReset } from "../../grpc/http-status-mapping.js";
import { writeMessagePrefix } from "../../grpc/message-framing.js";
import { GRPC_STATUS } from "../../grpc/status.js";
import type { PreparedCall } from "../../transport.js";
import { ms } from "../../units.js";
import { SETTING, writeGoaway } from "../frames.js";
import { noise, openingFrames, reset, SETTINGS_ACK } from "./connection-frames.js";
import type { Draw } from "./draw.js";
import { FUZZ_PATHS } from "./fuzz-service.js";
import { interleave, type Turn } from "./interleave.js";
import { BlockWriter, dataFrames, headerFrames, written, type RawFrame } from "./raw-frame.js";
import type { FrameScript, Happening, PeerFrames, Step } from "./script.js";

export interface ServerScript {
  readonly script: FrameScript;
  /** The status of each call, in the order of their start, if the script reaches the client as it is. */
  readonly statuses: readonly number[];
}

/** @param lawful nothing that ends a call but its answer */
export function serverScript(draw: Draw, lawful: boolean): ServerScript {
  const writer = new BlockWriter(draw);
  const steps: Step<PeerFrames>[] = [{ kind: "frames", frames: opening(draw, lawful) }];
  const statuses: number[] = [];
  const used: number[] = [];
  for (let round = draw.between(1, 3); round > 0; round--) {
    const calls = Array.from({ length: draw.between(1, 4) }, () => preparedCall(draw, lawful));
    steps.push({ kind: "start", calls });
    const answers = calls.map((_, i) => answer(draw, writer, 2 * (statuses.length + i) + 1, lawful));
    used.push(...calls.map((_, i) => 2 * (statuses.length + i) + 1));
    statuses.push(...answers.map(({ status }) => status));
    const turns = answers.map((one) => one.turns);
    steps.push({ kind: "frames", frames: interleave(draw, turns, () => between(draw, used, lawful)) });
    if (draw.chance(0.3)) steps.push(happening(draw, lawful));
  }
  if (draw.chance(0.2)) steps.push({ kind: "frames", frames: [goaway(used.at(-1)!, 0)] });
  return { script: [...steps, { kind: "unstall" }], statuses };
}

function opening(draw: Draw, lawful: boolean): RawFrame[] {
  const few = draw.pick([0, 1, 2, 100, 0xffff_ffff]);
  const frames = openingFrames(
    draw,
    "server",
    !lawful && draw.chance(0.5) ? [[SETTING.MAX_CONCURRENT_STREAMS, few]] : [],
  );
  return draw.chance(0.9) ? [...frames, SETTINGS_ACK] : frames;
}

function between(draw: Draw, used: readonly number[], lawful: boolean): RawFrame[] {
  if (!lawful && draw.chance(0.05)) return [goaway(draw.pick([0, 0x7fff_ffff, ...used]), draw.below(14))];
  return noise(draw, used);
}

function goaway(lastStreamId: number, code: number): RawFrame {
  return written((into, at) => writeGoaway(into, at, lastStreamId, code, "enough"));
}

function happening(draw: Draw, lawful: boolean): Happening {
  const kind = draw.pick([
    "time",
    "stall",
    "unstall",
    ...(lawful || draw.chance(0.7) ? [] : ["close" as const]),
  ] as const);
  return kind === "time" ? { kind, ms: draw.between(1, 50) } : { kind };
}

export function preparedCall(draw: Draw, lawful: boolean): PreparedCall {
  const length = draw.weighted([
    [8, () => draw.between(0, 300)],
    [1, () => draw.between(10_000, 40_000)],
    [0.5, () => draw.between(60_000, 300_000)],
  ]);
  const large = draw.chance(0.03) ? [["x-large", "l".repeat(draw.between(1000, 40_000))] as const] : [];
  const small = draw.chance(0.3) ? [["x-request-id", draw.bytes(draw.below(20)).toString("hex")] as const] : [];
  return {
    path: draw.pick(FUZZ_PATHS),
    message: draw.filler(length),
    timeoutNs: lawful || draw.chance(0.3) ? null : ms(draw.between(1, 60)),
    metadata: [...small, ...large],
  };
}

interface ScriptedAnswer {
  readonly turns: readonly Turn[];
  readonly status: number;
}

function answer(draw: Draw, writer: BlockWriter, id: number, lawful: boolean): ScriptedAnswer {
  const head =
    (fields: Fields, last: boolean): Turn =>
    () =>
      headerFrames(draw, id, writer.block(fields), last);
  const data = (body: Buffer, last: boolean): Turn[] => dataFrames(draw, id, body, last).map((frame) => () => [frame]);
  const status = draw.between(1, 16);
  const failure: Fields = [
    ["grpc-status", String(status)],
    ["grpc-message", "n%C3%B6 50%"],
  ];
  const httpStatus = draw.pick([200, 400, 401, 403, 404, 429, 500, 502, 503, 504]);
  const code = draw.below(15);
  const one = message(draw);
  const ok: ScriptedAnswer = {
    turns: [head(HEAD, false), ...data(one, false), head([["grpc-status", "0"]], true)],
    status: 0,
  };
  const withStatus: [number, () => ScriptedAnswer][] = [
    [8, () => ok],
    [1, () => ({ turns: [head([[":status", "100"]], false), ...ok.turns], status: 0 })],
    [
      1,
      () => ({
        turns: [head([...HEAD, ["content-length", String(one.length)]], false), ...ok.turns.slice(1)],
        status: 0,
      }),
    ],
    [2, () => ({ turns: [head([...HEAD, ...failure], true)], status })],
    [1, () => ({ turns: [head(HEAD, false), ...data(one, false), head(failure, true)], status })],
    [
      1,
      () => ({
        turns: [head([[":status", String(httpStatus)]], false), ...data(Buffer.from("<html>"), true)],
        status: statusOfHttp(httpStatus),
      }),
    ],
    [1, () => ({ turns: [head([[":status", String(httpStatus)]], true)], status: statusOfHttp(httpStatus) })],
    [1, () => ({ turns: [...ok.turns.slice(0, draw.below(2)), () => [reset(id, code)]], status: statusOfReset(code) })],
    [
      0.5,
      () => ({
        turns: [head(HEAD, false), ...data(Buffer.from([1, 0, 0, 0, 1, 7]), true)],
        status: GRPC_STATUS.INTERNAL,
      }),
    ],
    [
      0.5,
      () => ({ turns: [head(HEAD, false), ...data(Buffer.concat([one, one]), true)], status: GRPC_STATUS.INTERNAL }),
    ],
    [0.5, () => ({ turns: [head(HEAD, false), head([["grpc-status", "0"]], true)], status: GRPC_STATUS.INTERNAL })],
    [
      0.5,
      () => ({
        turns: [head(HEAD, false), ...data(one.subarray(0, -1), false), head([["grpc-status", "0"]], true)],
        status: GRPC_STATUS.INTERNAL,
      }),
    ],
  ];
  if (!lawful)
    withStatus.push([
      2,
      () => ({ turns: [head(malformedHead(draw), draw.chance(0.5)), ...ok.turns.slice(1)], status: -1 }),
    ]);
  return draw.weighted(withStatus);
}

type Fields = readonly (readonly [name: string, value: string])[];

const HEAD: Fields = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];

function message(draw: Draw): Buffer {
  const length = draw.weighted([
    [8, () => draw.between(1, 300)],
    [1, () => draw.between(10_000, 120_000)],
  ]);
  const body = draw.filler(length + 5);
  writeMessagePrefix(body, 0, length);
  return body;
}

/** RFC 9113 §8.1-8.3, one thing at a time. */
function malformedHead(draw: Draw): Fields {
  return draw.pick<Fields>([
    [],
    [["content-type", "application/grpc"]],
    [[":status", "101"]],
    [[":status", "2000"]],
    [
      [":status", "200"],
      [":status", "200"],
    ],
    [
      ["content-type", "application/grpc"],
      [":status", "200"],
    ],
    [
      [":status", "200"],
      [":path", "/"],
    ],
    [
      [":status", "200"],
      ["Upper", "1"],
    ],
    [
      [":status", "200"],
      ["transfer-encoding", "chunked"],
    ],
    [
      [":status", "200"],
      ["content-length", "-1"],
    ],
    [
      [":status", "200"],
      ["grpc-status", "0"],
      ["x-too-large", "l".repeat(70_000)],
    ],
    [
      [":status", "200"],
      ["grpc-status", "seventeen"],
    ],
    [
      [":status", "200"],
      ["grpc-status", "99999"],
    ],
  ]);
}

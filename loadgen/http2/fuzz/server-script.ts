/**
 * What a server says to the client under test. Which calls it answers is known beforehand: the streams of a client are
 * 1, 3, 5 …
 */
import type { PreparedCall } from "../../transport.js";
import { ms } from "../../units.js";
import { SETTING, writeGoaway } from "../frames.js";
import { noise, openingFrames, SETTINGS_ACK } from "./connection-frames.js";
import type { Draw } from "./draw.js";
import { FUZZ_PATHS } from "./fuzz-service.js";
import { interleave } from "./interleave.js";
import { BlockWriter, written, type RawFrame } from "./raw-frame.js";
import { scriptedAnswer } from "./scripted-answer.js";
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
    const answers = calls.map((_, i) => scriptedAnswer(draw, writer, 2 * (statuses.length + i) + 1));
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

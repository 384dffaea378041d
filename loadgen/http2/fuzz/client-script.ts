/**
 * What a client says to the server under test: requests as gRPC clients send them, in every lawful form, and some that
 * are malformed within lawful frames.
 */
import { writeMessagePrefix } from "../../grpc/message-framing.js";
import { FLAG, FRAME, PREFACE, SETTING } from "../frames.js";
import { H2_ERROR } from "../http2-error.js";
import type { HeaderField } from "../hpack-encoder.js";
import { noise, openingFrames, reset, settings, SETTINGS_ACK, windowUpdate } from "./connection-frames.js";
import type { Draw } from "./draw.js";
import { FUZZ_PATHS } from "./fuzz-service.js";
import { interleave, type Turn } from "./interleave.js";
import { BlockWriter, dataFrames, headerFrames, type RawFrame } from "./raw-frame.js";
import type { FrameScript, Happening, PeerFrames, Step } from "./script.js";

export interface ClientScript {
  readonly script: FrameScript;
  /** Streams that a server must answer or reset, if the script reaches it as it is. */
  readonly mustBeAnswered: readonly number[];
}

/** @param lawful nothing that a server may refuse: then all of `mustBeAnswered` must be */
export function clientScript(draw: Draw, lawful: boolean): ClientScript {
  const writer = new BlockWriter(draw);
  const ids = { next: 1, used: [] as number[], mustBeAnswered: [] as number[] };
  const requests = Array.from({ length: draw.between(1, 6) }, () => request(draw, writer, ids));
  const frames = [...opening(draw), ...interleave(draw, requests, () => noise(draw, ids.used))];
  const steps = scatter(draw, frames, lawful);
  const windowsOpen: PeerFrames = { kind: "frames", frames: openAllWindows(ids.used) };
  const end: Step<PeerFrames>[] = [
    { kind: "unstall" },
    { kind: "time", ms: 50 },
    windowsOpen,
    { kind: "time", ms: 50 },
  ];
  return { script: [...steps, ...end], mustBeAnswered: ids.mustBeAnswered };
}

/** The preface looks like a frame with a wrong length, and can be mutated like one. */
const PREFACE_FRAME: RawFrame = {
  type: PREFACE[3]!,
  flags: PREFACE[4]!,
  streamId: PREFACE.readUInt32BE(5),
  payload: PREFACE.subarray(9),
  statedLength: PREFACE.readUIntBE(0, 3),
};

function opening(draw: Draw): RawFrame[] {
  return [PREFACE_FRAME, ...openingFrames(draw, "client", []), ...(draw.chance(0.9) ? [SETTINGS_ACK] : [])];
}

interface StreamIds {
  next: number;
  readonly used: number[];
  readonly mustBeAnswered: number[];
}

function request(draw: Draw, writer: BlockWriter, ids: StreamIds): Turn[] {
  const message = requestMessage(draw);
  const fields = requestFields(draw, message.length);
  const malformed = draw.chance(0.1);
  const withTrailers = draw.chance(0.1);
  const givesUp = draw.chance(0.08);
  let id = 0;
  const open: Turn = () => {
    id = ids.next;
    ids.next += draw.chance(0.1) ? 4 : 2;
    ids.used.push(id);
    if (!givesUp) ids.mustBeAnswered.push(id);
    return headerFrames(draw, id, writer.block(malformed ? malform(draw, fields) : fields), false);
  };
  const body: Turn[] = dataFrames(draw, 0, message, !withTrailers).map((frame) => () => [{ ...frame, streamId: id }]);
  const trailers: Turn = () => headerFrames(draw, id, writer.block([["x-checksum", "5"]]), true);
  const turns = [open, ...body, ...(withTrailers ? [trailers] : [])];
  if (!givesUp) return turns;
  return [...turns.slice(0, draw.between(1, turns.length)), () => [reset(id, H2_ERROR.CANCEL)]];
}

function requestMessage(draw: Draw): Buffer {
  const length = draw.weighted([
    [6, () => draw.between(0, 300)],
    [1, () => draw.between(10_000, 40_000)],
  ]);
  const message = draw.filler(length + 5);
  writeMessagePrefix(message, 0, length);
  return message;
}

function requestFields(draw: Draw, bodyBytes: number): HeaderField[] {
  const fields: HeaderField[] = [
    [":method", "POST"],
    [":scheme", draw.pick(["http", "https"])],
    [":path", draw.pick([...FUZZ_PATHS, "/fuzz.Fuzz/Unknown"])],
    [":authority", "peer.test"],
    ["te", "trailers"],
    ["content-type", draw.pick(["application/grpc", "application/grpc+proto"])],
  ];
  if (draw.chance(0.2)) fields.push(["content-length", String(bodyBytes)]);
  if (draw.chance(0.3)) fields.push(["grpc-timeout", `${draw.below(1000)}m`]);
  if (draw.chance(0.3)) fields.push(["x-request-id", draw.bytes(draw.below(20)).toString("hex")]);
  if (draw.chance(0.2)) fields.push([draw.pick(["authorization", "cookie"]), "secret".repeat(draw.below(5))]);
  if (draw.chance(0.02)) fields.push(["x-large", "l".repeat(draw.between(1000, 30_000))]);
  return fields;
}

/** RFC 9113 §8.1-8.3: what makes a request malformed, one thing at a time. */
function malform(draw: Draw, fields: readonly HeaderField[]): HeaderField[] {
  const without = (name: string) => fields.filter(([other]) => other !== name);
  return draw.pick<HeaderField[]>([
    without(":method"),
    without(":path"),
    without(":scheme"),
    [[":path", "/twice"], ...fields],
    [[":status", "200"], ...fields],
    [...fields, [":late", "1"]],
    [...fields, ["Upper", "1"]],
    [...fields, ["connection", "close"]],
    [...fields, ["te", "gzip"]],
    [...fields, ["content-length", "1"]],
    [...fields, ["x-control", "a\r\nb"]],
    [...fields, ["", "no name"]],
    [...without("content-type"), ["content-type", "text/html"]],
    [[":method", "GET"], ...without(":method")],
    // What stands behind it must enter the table all the same.
    [...fields, ["x-too-large", "l".repeat(70_000)], ["x-behind", draw.pick(["1", "2"])]],
    [],
  ]);
}

function openAllWindows(used: readonly number[]): RawFrame[] {
  const forAll = settings([[SETTING.INITIAL_WINDOW_SIZE, 0x1000_0000]]);
  return [forAll, windowUpdate(0, 0x1000_0000), ...used.map((id) => windowUpdate(id, 1))];
}

/** Puts happenings between the frames, never within a header block. */
function scatter(draw: Draw, frames: readonly RawFrame[], lawful: boolean): Step<PeerFrames>[] {
  const steps: Step<PeerFrames>[] = [];
  let group: RawFrame[] = [];
  for (const frame of frames) {
    group.push(frame);
    const inBlock =
      (frame.type === FRAME.HEADERS || frame.type === FRAME.CONTINUATION) && (frame.flags & FLAG.END_HEADERS) === 0;
    if (inBlock || !draw.chance(0.08)) continue;
    steps.push({ kind: "frames", frames: group }, happening(draw, lawful));
    group = [];
  }
  return [...steps, { kind: "frames", frames: group }];
}

function happening(draw: Draw, lawful: boolean): Happening {
  const kind = draw.pick(["time", "stall", "unstall", ...(lawful ? [] : ["drain" as const])] as const);
  return kind === "time" ? { kind, ms: draw.between(1, 50) } : { kind };
}

/**
 * Turns a lawful conversation into one that is not: at the level of frames, so that most of it still gets past the
 * parser, and at the level of bytes.
 */
import { FRAME } from "../frames.js";
import { attack } from "./attacks.js";
import type { Draw } from "./draw.js";
import type { RawFrame } from "./raw-frame.js";
import { asBytes, type ByteScript, type FrameScript } from "./script.js";

export function mutate(draw: Draw, script: FrameScript): ByteScript {
  let mutant = script;
  for (let i = draw.between(1, 4); i > 0; i--) mutant = mutateFrames(draw, mutant);
  const bytes = asBytes(mutant);
  return draw.chance(0.4) ? mutateBytes(draw, bytes) : bytes;
}

function mutateFrames(draw: Draw, script: FrameScript): FrameScript {
  const steps = script.flatMap((step, i) => (step.kind === "frames" && step.frames.length > 0 ? [i] : []));
  if (steps.length === 0) return script;
  const chosen = draw.pick(steps);
  return script.map((step, i) =>
    i === chosen && step.kind === "frames" ? { kind: "frames", frames: mutated(draw, step.frames) } : step,
  );
}

function mutated(draw: Draw, frames: readonly RawFrame[]): RawFrame[] {
  const at = draw.below(frames.length);
  const frame = frames[at]!;
  const other = draw.below(frames.length);
  const replaced = (...by: RawFrame[]) => [...frames.slice(0, at), ...by, ...frames.slice(at + 1)];
  return draw.weighted<RawFrame[]>([
    [3, () => replaced({ ...frame, flags: frame.flags ^ (1 << draw.below(8)) })],
    [3, () => replaced({ ...frame, streamId: otherStream(draw, frame.streamId) })],
    [2, () => replaced({ ...frame, type: draw.chance(0.8) ? draw.below(10) : draw.below(256) })],
    [2, () => replaced({ ...frame, payload: frame.payload.subarray(0, draw.below(frame.payload.length + 1)) })],
    [2, () => replaced({ ...frame, payload: Buffer.concat([frame.payload, draw.bytes(draw.between(1, 20))]) })],
    [3, () => replaced({ ...frame, payload: flipped(draw, frame.payload) })],
    [2, () => replaced({ ...frame, payload: draw.bytes(draw.below(40)) })],
    [1, () => replaced({ ...frame, payload: draw.filler(draw.pick([16_384, 16_385, 70_000])) })],
    [
      1,
      () =>
        replaced({ ...frame, statedLength: draw.pick([0, 1, frame.payload.length + 1, 16_384, 16_385, 0xff_ffff]) }),
    ],
    [3, () => replaced(frame, frame)],
    [2, () => replaced()],
    [3, () => [...frames.slice(0, at), frames[other]!, ...frames.slice(at)]],
    [2, () => exchanged(frames, at, other)],
    [2, () => frames.slice(0, at)],
    [2, () => [...frames.slice(0, at), randomFrame(draw), ...frames.slice(at)]],
    [0.7, () => [...frames.slice(0, at), ...attack(draw), ...frames.slice(at)]],
  ]);
}

function otherStream(draw: Draw, streamId: number): number {
  return (
    draw.pick([
      0,
      1,
      2,
      3,
      streamId + 1,
      streamId + 2,
      Math.max(0, streamId - 2),
      0x7fff_ffff,
      streamId | 0x8000_0000,
    ]) >>> 0
  );
}

function exchanged(frames: readonly RawFrame[], a: number, b: number): RawFrame[] {
  const result = [...frames];
  [result[a], result[b]] = [frames[b]!, frames[a]!];
  return result;
}

function randomFrame(draw: Draw): RawFrame {
  const type = draw.chance(0.9) ? draw.below(10) : draw.below(256);
  const lawfulLength = type === FRAME.PING ? 8 : type === FRAME.PRIORITY ? 5 : 4;
  const length = draw.chance(0.7) ? lawfulLength : draw.below(30);
  return { type, flags: draw.below(256), streamId: draw.pick([0, 1, 2, 3, 5, 7, 99]), payload: draw.bytes(length) };
}

function mutateBytes(draw: Draw, script: ByteScript): ByteScript {
  return script.map((step) =>
    step.kind === "bytes" && draw.chance(0.5) ? { kind: "bytes", bytes: damaged(draw, step.bytes) } : step,
  );
}

function damaged(draw: Draw, bytes: Buffer): Buffer {
  const at = draw.below(bytes.length + 1);
  return draw.weighted<Buffer>([
    [4, () => flipped(draw, bytes)],
    [1, () => bytes.subarray(0, at)],
    [1, () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + draw.between(1, 9)))])],
    [1, () => Buffer.concat([bytes.subarray(0, at), draw.bytes(draw.between(1, 40)), bytes.subarray(at)])],
    [0.3, () => draw.bytes(draw.below(300))],
    [0.2, () => Buffer.from("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")],
  ]);
}

/** One to three bits turned. */
function flipped(draw: Draw, bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  for (let i = draw.between(1, 3); i > 0; i--) copy[draw.below(copy.length)]! ^= 1 << draw.below(8);
  return copy;
}

/**
 * Frames that either side may send at any time, and that change what the other may do: all of them lawful.
 */
import { FLAG, FRAME, SETTING, writePing, writeRstStream, writeSettings, writeWindowUpdate } from "../frames.js";
import type { Draw } from "./draw.js";
import { priority, written, type RawFrame } from "./raw-frame.js";

type Setting = readonly [id: number, value: number];

/** The first frames of either side: SETTINGS, and often a larger window for the connection. */
export function openingFrames(draw: Draw, side: "client" | "server", needed: readonly Setting[]): RawFrame[] {
  const chosen: Setting[] = [];
  if (side === "client" && draw.chance(0.5)) chosen.push([SETTING.ENABLE_PUSH, draw.below(2)]);
  if (draw.chance(0.4)) chosen.push([SETTING.HEADER_TABLE_SIZE, draw.pick([0, 32, 100, 4096, 65_536])]);
  if (draw.chance(0.4)) chosen.push([SETTING.INITIAL_WINDOW_SIZE, initialWindow(draw)]);
  if (draw.chance(0.3)) chosen.push([SETTING.MAX_FRAME_SIZE, draw.pick([16_384, 20_000, 1_048_576, 0xff_ffff])]);
  if (draw.chance(0.2)) chosen.push([SETTING.MAX_HEADER_LIST_SIZE, draw.pick([0, 8192, 0xffff_ffff])]);
  if (draw.chance(0.1)) chosen.push([draw.between(7, 0xffff), draw.below(2 ** 32)]);
  const frames = [settings([...chosen, ...needed])];
  if (draw.chance(0.7)) frames.push(windowUpdate(0, draw.pick([1, 10_000, 1_000_000, 0x1000_0000])));
  return frames;
}

/** What may stand between any two frames that are not of one header block. `used`: streams that were opened. */
export function noise(draw: Draw, used: readonly number[]): RawFrame[] {
  const stream = () => draw.pick(used);
  const ofStreams: [number, () => RawFrame[]][] =
    used.length === 0 ? [] : [[3, () => [windowUpdate(stream(), draw.pick([1, 100, 100_000]))]]];
  return draw.weighted<RawFrame[]>([
    [2, () => [ping(draw, false)]],
    [1, () => [ping(draw, true)]],
    [1, () => [settings([[SETTING.INITIAL_WINDOW_SIZE, initialWindow(draw)]])]],
    [1, () => [settings([[SETTING.HEADER_TABLE_SIZE, draw.pick([0, 40, 200, 4096])]])]],
    [1, () => [settings([])]],
    [2, () => [windowUpdate(0, draw.pick([1, 100, 100_000]))]],
    [1, () => [priorityFrame(draw)]],
    [
      1,
      () => [{ type: draw.between(10, 255), flags: draw.below(256), streamId: draw.below(9), payload: draw.bytes(9) }],
    ],
    ...ofStreams,
  ]);
}

/** Small and large ones, so that bodies wait; never so large that updates lead beyond 2^31 − 1. */
function initialWindow(draw: Draw): number {
  return draw.pick([0, 1, 5, 100, 16_384, 65_535, 1_000_000, 0x1000_0000]);
}

export function settings(list: readonly Setting[]): RawFrame {
  return written((into, at) => writeSettings(into, at, list));
}

export const SETTINGS_ACK: RawFrame = { type: FRAME.SETTINGS, flags: FLAG.ACK, streamId: 0, payload: Buffer.alloc(0) };

export function windowUpdate(streamId: number, increment: number): RawFrame {
  return written((into, at) => writeWindowUpdate(into, at, streamId, increment));
}

export function reset(streamId: number, code: number): RawFrame {
  return written((into, at) => writeRstStream(into, at, streamId, code));
}

export function ping(draw: Draw, ack: boolean): RawFrame {
  const opaque = draw.bytes(8);
  return written((into, at) => writePing(into, at, ack, opaque));
}

function priorityFrame(draw: Draw): RawFrame {
  const streamId = draw.between(1, 20);
  return { type: FRAME.PRIORITY, flags: 0, streamId, payload: priority(draw, streamId) };
}

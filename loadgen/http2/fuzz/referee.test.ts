// The referee must see what it is there for, else a green fuzz run means nothing.
import { describe, expect, test } from "vitest";
import { FLAG, FRAME, PREFACE, SETTING } from "../frames.js";
import { settings, SETTINGS_ACK, windowUpdate } from "./connection-frames.js";
import { frameBytes, type RawFrame } from "./raw-frame.js";
import { Referee } from "./referee.js";

const HEAD: RawFrame = { type: FRAME.HEADERS, flags: FLAG.END_HEADERS, streamId: 1, payload: Buffer.from([0x88]) };
const END: RawFrame = { ...HEAD, flags: FLAG.END_HEADERS | FLAG.END_STREAM };
const RESET: RawFrame = { type: FRAME.RST_STREAM, flags: 0, streamId: 1, payload: Buffer.alloc(4) };

function data(length: number): RawFrame {
  return { type: FRAME.DATA, flags: 0, streamId: 1, payload: Buffer.alloc(length) };
}

/** What the referee says of a server that writes these frames, its settings first. */
function judged(frames: readonly RawFrame[], allowed: readonly RawFrame[] = []): string | null {
  const referee = new Referee("server");
  referee.sawInput(Buffer.concat([PREFACE, ...allowed.map(frameBytes)]));
  for (const frame of [settings([]), ...frames]) referee.write(frameBytes(frame));
  return referee.problem;
}

describe("the referee of the fuzzer", () => {
  test("has nothing against what is lawful", () => {
    expect(judged([SETTINGS_ACK, HEAD, data(100), END], [settings([])])).toBeNull();
    expect(judged([HEAD, RESET])).toBeNull();
  });

  test.each<[string, RegExp, RawFrame[]]>([
    ["a frame behind the end of its stream", /closed stream/, [HEAD, END, data(1)]],
    ["a frame behind a reset", /closed stream/, [HEAD, RESET, END]],
    ["two resets", /twice/, [HEAD, RESET, RESET]],
    ["DATA before HEADERS", /before HEADERS/, [data(1)]],
    ["a frame larger than the peer takes", /a frame of/, [HEAD, data(16_385)]],
    ["more DATA than the windows allow", /allowed/, [HEAD, ...Array.from({ length: 5 }, () => data(16_000))]],
    ["another frame within a header block", /within a header block/, [{ ...HEAD, flags: 0 }, SETTINGS_ACK]],
    ["CONTINUATION of nothing", /CONTINUATION/, [{ ...HEAD, type: FRAME.CONTINUATION }]],
    ["a stream of the other side", /speaks on/, [{ ...HEAD, streamId: 2 }]],
    ["a window opened by nothing", /WINDOW_UPDATE/, [windowUpdate(0, 0)]],
    ["an acknowledgement of nothing", /acknowledgement/, [SETTINGS_ACK]],
    ["a frame of unknown type", /type 99/, [{ ...SETTINGS_ACK, type: 99 }]],
  ])("sees %s", (_, problem, frames) => {
    expect(judged(frames)).toMatch(problem);
  });

  test("counts what the peer allowed", () => {
    const allowed = [settings([[SETTING.INITIAL_WINDOW_SIZE, 80_000]]), windowUpdate(0, 20_000)];
    const frames = [HEAD, ...Array.from({ length: 5 }, () => data(16_000))];
    expect(judged(frames, allowed)).toBeNull();
    expect(judged([...frames, data(10)], allowed)).toMatch(/allowed/);
  });

  test("sees a header table that did not shrink as was asked", () => {
    const allowed = [settings([[SETTING.HEADER_TABLE_SIZE, 0]])];
    expect(judged([SETTINGS_ACK, HEAD], allowed)).toMatch("had to shrink");
  });

  test("sees a block that cannot be decoded", () => {
    expect(judged([{ ...HEAD, payload: Buffer.from([0xff, 0xff]) }])).toMatch("header block");
  });

  test("sees bytes that are written over while the socket still holds them", () => {
    const referee = new Referee("server");
    referee.stall();
    const bytes = frameBytes(settings([]));
    referee.write(bytes);
    bytes.fill(0xee);
    referee.unstall();
    expect(referee.problem).toMatch("within a frame");
  });

  test("sees bytes behind the end of the connection", () => {
    const referee = new Referee("server");
    referee.destroySoon();
    referee.write(frameBytes(settings([])));
    expect(referee.problem).toMatch("closed");
  });
});

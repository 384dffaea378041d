import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "../loadgen/fault.js";
import { readHlog, writeHlog, type Hlog } from "./hlog.js";
import { rankOf, SparseHistogram } from "./sparse-histogram.js";

const v2 = SparseHistogram.of([1_000, 100_000, 5_000_000]).encode().v2;

describe("an interval log", () => {
  test("is written as the readers of other languages want it", () => {
    const text = writeHlog({
      startedAtMs: Date.parse("2026-11-23T18:30:00.123Z"),
      comments: ["tollgate trial 7"],
      lines: [{ tag: "ProcessPayment/service", atNs: 200e6, lengthNs: 400e6, maxNs: 5_001_215, v2 }],
    });
    expect(text.split("\n")).toEqual([
      "#[tollgate trial 7]",
      "#[Histogram log format version 1.3]",
      "#[BaseTime: 1795458600.123 (seconds since epoch)]",
      "#[StartTime: 1795458600.123 (seconds since epoch), 2026-11-23T18:30:00.123Z]",
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
      `Tag=ProcessPayment/service,0.200,0.400,5.001,${v2}`,
      "",
    ]);
  });

  test("keeps header lines short enough for the C reader, on one line each", () => {
    const text = writeHlog({ startedAtMs: 0, comments: [`${"x".repeat(300)}\nInjected`], lines: [] });
    const header = text.split("\n").filter((line) => line.startsWith("#"));
    expect(header).toHaveLength(4);
    for (const line of header) expect(line.length).toBeLessThan(128);
  });

  test("survives being written and read", () => {
    const tag = fc.stringMatching(/^[A-Za-z]{1,12}\/(service|failure:UNAVAILABLE)$/);
    const thousandths = (max: number) => fc.integer({ min: 0, max }).map((milli) => milli * 1e6);
    const line = fc.record({
      tag: fc.option(tag),
      atNs: thousandths(1e6),
      lengthNs: thousandths(1e6),
      maxNs: fc.integer({ min: 0, max: 60_000 }).map((micro) => micro * 1e3),
      v2: fc.constant(v2),
    });
    const log = fc.record({
      startedAtMs: fc.integer({ min: 1e12, max: 2e12 }),
      comments: fc.array(fc.stringMatching(/^[a-z ]{1,20}$/), { maxLength: 2 }),
      lines: fc.array(line, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(log, (written: Hlog) => {
        const read = readHlog(writeHlog(written), "x.hlog");
        expect(read.startedAtMs).toBe(written.startedAtMs);
        expect(read.comments).toEqual(written.comments);
        read.lines.forEach((one, i) => {
          const original = written.lines[i]!;
          expect(one.tag).toBe(original.tag);
          expect(one.maxNs).toBeCloseTo(original.maxNs, 3);
          expect([one.atNs, one.lengthNs, one.v2]).toEqual([original.atNs, original.lengthNs, original.v2]);
        });
      }),
    );
  });

  test("without a BaseTime has absolute timestamps, or relative ones when they lie more than a year back", () => {
    const text = (timestamp: string) =>
      `#[StartTime: 1795458600.000 (seconds since epoch)]\n${timestamp},1.000,0.5,${v2}\n`;
    expect(readHlog(text("1795458602.500"), "x").lines[0]?.atNs).toBe(2.5e9);
    expect(readHlog(text("2.500"), "x").lines[0]?.atNs).toBe(2.5e9);
  });

  test("refuses a tag that would break its line", () => {
    for (const tag of ["a,b", "a b", "a\nb", ""]) {
      const log = { startedAtMs: 0, comments: [], lines: [{ tag, atNs: 0, lengthNs: 0, maxNs: 0, v2 }] };
      expect(() => writeHlog(log), tag).toThrow("cannot be the tag");
    }
  });

  test("names the line that it cannot read", () => {
    const bad = `#[StartTime: 1.000 (seconds since epoch)]\n0.000,1.000,0.5,${v2}\n0.000,one,0.5,${v2}\n`;
    expect(() => readHlog(bad, "0003.hlog")).toThrow(Fault);
    expect(() => readHlog(bad, "0003.hlog")).toThrow("0003.hlog, line 3 is no line of an interval log");
  });
});

/** Logs of another program: jHiccup's, from the tests of HdrHistogram (public domain), which state these figures. */
describe("jHiccup's own log", () => {
  const read = (file: string) => readHlog(readFileSync(new URL(`testdata/${file}`, import.meta.url), "utf8"), file);
  const merged = (lines: Hlog["lines"]) =>
    SparseHistogram.merge(lines.map((line) => SparseHistogram.decode({ v2: line.v2, count: 0, clamped: 0 })));

  test("of payload V2 has the intervals, counts and values that HdrHistogram's tests state", () => {
    const { lines, startedAtMs } = read("jhiccup-v2.hlog");
    const all = merged(lines);
    expect([lines.length, all.count]).toEqual([62, 48_761]);
    // They gather the log's two digits in a histogram of three, each bucket at its lowest value.
    const finer = SparseHistogram.of(
      all.buckets().flatMap(({ fromNs, count }) => new Array<number>(count).fill(fromNs)),
    ).buckets();
    const topOf = (rank: number): number => {
      let total = 0;
      return finer.find(({ count }) => (total += count) >= rank)!.toNs - 1;
    };
    expect([topOf(rankOf(0.999, all.count)), topOf(all.count)]).toEqual([1_745_879_039, 1_796_210_687]);
    expect(startedAtMs).toBe(1_441_812_279_474);
    expect([lines[0]?.atNs, lines[0]?.lengthNs]).toEqual([127e6, 1_007e6]);
  });

  test("with each interval twice, once under a tag, is the same log twice", () => {
    const { lines } = read("tagged-v2.hlog");
    expect([lines.length, merged(lines).count]).toEqual([42, 32_290]);
    const [plain, tagged] = [null, "A"].map((tag) => lines.filter((line) => line.tag === tag));
    expect(tagged?.map(({ v2 }) => v2)).toEqual(plain?.map(({ v2 }) => v2));
    expect(tagged).toHaveLength(21);
  });

  test("of payload V0 or V1 is refused by name", () => {
    const v0 =
      "HISTiQAAAG542pNpmdzBwMDAxAAGfgoMDMxuBjsWQLgMTI+gDFYozQmlOaA0M5Rmg9LsUJoFjc+GZg4rmjkwdUxofG4obQeldaG0LJTm";
    const v1 =
      "HISTIgAAAFd42pNpmazIwMAYxgABTBDKT4GBgdnNYMcCBvsPUBkeBkYGZqA8MwMbAzsDC5DFBCTZgJCDQY1BjkGLQZRBlUEPCB8zWDCYMxgD";
    const line = (v2: string) => ({ tag: null, atNs: 0, lengthNs: 0, maxNs: 0, v2 });
    for (const [payload, version] of [
      [v0, "V0"],
      [v1, "V1"],
    ] as const) {
      const refusal = expect.objectContaining({
        text: expect.objectContaining({ seen: `a payload of version ${version}` }),
      });
      expect(() => merged([line(payload)])).toThrow(refusal as Error);
    }
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EXIT, Fault, renderFault } from "../loadgen/fault.js";
import { choice, count, duration, durationOrZero, fraction, hostPort, list, rate } from "./options.js";

function faultOf(action: () => unknown): string {
  try {
    return `no fault: ${JSON.stringify(action())}`;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.exitCode).toBe(EXIT.usage);
    return renderFault(error);
  }
}

describe("lengths of time", () => {
  test.each([
    ["5s", 5e9],
    ["200us", 200e3],
    ["200µs", 200e3],
    ["1.5ms", 1.5e6],
    [".5s", 0.5e9],
    ["3 ns", 3],
    ["2m", 120e9],
    ["1h", 3600e9],
  ])("%s is %d ns", (text, expected) => expect(duration("--d")(text)).toBe(expected));

  test("every whole number of milliseconds comes back as it was written", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), (n) => duration("--d")(`${n}ms`) === n * 1e6));
  });

  test("zero is a length only where it may be left out", () => {
    expect(durationOrZero("--warmup")("0")).toBe(0);
    expect(durationOrZero("--warmup")("0s")).toBe(0);
    expect(faultOf(() => duration("--duration")("0s"))).toContain("tollgate: --duration 0s: no time at all");
  });

  test("a missing or unknown unit is told with the nearest that exists", () => {
    expect(faultOf(() => duration("--duration")("5"))).toBe(
      [
        "tollgate: --duration 5: the unit is missing",
        "  expected  a number with ns, us, ms, s, m or h, e.g. 5s or 1.5ms",
        "  try       --duration 5s",
      ].join("\n"),
    );
    expect(faultOf(() => duration("--timeout")("20mss"))).toContain("try       --timeout 20ms");
    expect(faultOf(() => duration("--timeout")("5sec"))).toContain("try       --timeout 5s");
    expect(faultOf(() => duration("--timeout")("-5s"))).toContain("--timeout -5s: not a length of time");
    expect(faultOf(() => duration("--timeout")("1e3ms"))).toContain("not a length of time");
  });
});

describe("rates", () => {
  test.each([
    ["1000", 1000],
    ["0.5", 0.5],
    ["2.5k", 2500],
    ["1000/s", 1000],
    ["90/m", 1.5],
    ["1k/m", 1000 / 60],
  ])("%s is %d calls per second", (text, expected) => expect(rate("--rate")(text)).toBeCloseTo(expected, 9));

  test("a rate no schedule can hold, none at all, or in another unit is refused", () => {
    expect(faultOf(() => rate("--rate")("99999999"))).toBe(
      ["tollgate: --rate 99999999: more than a schedule can hold", "  expected  at most 10,000,000/s"].join("\n"),
    );
    expect(faultOf(() => rate("--rate")("0"))).toContain("no calls at all");
    expect(faultOf(() => rate("--rate")("-5"))).toContain("not a rate");
    expect(faultOf(() => rate("--rate")("100/ms"))).toContain("try       --rate 100/s");
  });
});

describe("counts, shares, choices and lists", () => {
  test("counts are whole and not below their least", () => {
    expect(count("--workers")("12")).toBe(12);
    expect(count("--total", 0)("0")).toBe(0);
    expect(faultOf(() => count("--workers")("0"))).toContain("a whole number from 1 on");
    expect(faultOf(() => count("--workers")("1.5"))).toContain("--workers 1.5: not a count");
    expect(faultOf(() => count("--workers")(""))).toContain("not a count");
  });

  test("shares are percentages or fractions", () => {
    expect(fraction("--min-effect")("2%")).toBeCloseTo(0.02, 12);
    expect(fraction("--min-effect")("0.02")).toBe(0.02);
    expect(faultOf(() => fraction("--min-effect")("two"))).toContain("not a share");
  });

  test("a choice that does not exist is told with the nearest", () => {
    expect(choice("--idle", ["auto", "spin"])("spin")).toBe("spin");
    expect(faultOf(() => choice("--arrival", ["poisson", "constant"])("possion"))).toBe(
      [
        "tollgate: --arrival possion: there is no such choice",
        "  expected  poisson, constant",
        "  try       --arrival poisson",
      ].join("\n"),
    );
  });

  test("lists lose their blanks", () => expect(list(" a, b,,c ")).toEqual(["a", "b", "c"]));
});

describe("addresses", () => {
  test.each([
    ["127.0.0.1:50051", { host: "127.0.0.1", port: 50051 }],
    ["payments.default.svc:443", { host: "payments.default.svc", port: 443 }],
    ["[::1]:80", { host: "::1", port: 80 }],
  ])("%s", (text, expected) => expect(hostPort("--target")(text)).toEqual(expected));

  test("port 0 is an address to listen on, not one to call", () => {
    expect(hostPort("--listen", 0)("127.0.0.1:0").port).toBe(0);
    expect(faultOf(() => hostPort("--target")("127.0.0.1:0"))).toContain("a port from 1 to 65535");
  });

  test("a URL or a missing port is told with what would do", () => {
    expect(faultOf(() => hostPort("--target")("http://host:80/x"))).toContain("try       --target host:80");
    expect(faultOf(() => hostPort("--target")("localhost"))).toContain("try       --target localhost:50051");
    expect(faultOf(() => hostPort("--target")("host:99999"))).toContain("--target host:99999: not an address");
    expect(faultOf(() => hostPort("--target")("::1:80"))).toContain("[::1]:50051");
  });
});

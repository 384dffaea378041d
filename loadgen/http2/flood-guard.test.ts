import { expect, test } from "vitest";
import { ms, ns, seconds } from "../units.js";
import { FLOOD_LIMITS, FloodGuard } from "./flood-guard.js";
import { H2_ERROR } from "./http2-error.js";

const { burst, perSecond } = FLOOD_LIMITS.pings;

test("a burst is allowed, one frame more is not", () => {
  const guard = new FloodGuard();
  for (let i = 0; i < burst; i++) guard.count("pings", ns(0));
  expect(() => guard.count("pings", ns(0))).toThrow(
    expect.objectContaining({ code: H2_ERROR.ENHANCE_YOUR_CALM, message: "a flood of PING" }),
  );
});

test("allowances come back with time, and no more than the burst of them", () => {
  const guard = new FloodGuard();
  for (let i = 0; i < burst; i++) guard.count("pings", ns(0));
  for (let i = 0; i < perSecond / 100; i++) guard.count("pings", ms(10));
  expect(() => guard.count("pings", ms(10))).toThrow("PING");
  for (let i = 0; i < burst; i++) guard.count("pings", seconds(3600));
  expect(() => guard.count("pings", seconds(3600))).toThrow("PING");
});

test("each kind has its own, and a clock that steps back harms nobody", () => {
  const guard = new FloodGuard();
  for (let i = 0; i < burst; i++) guard.count("pings", seconds(5));
  guard.count("settings", seconds(5));
  guard.count("resets", seconds(5));
  guard.count("idleFrames", seconds(4));
  guard.count("settings", seconds(4));
});

import { expect, test } from "vitest";
import { leanTransport } from "./lean-transport.js";
import { realOutside } from "./real-outside.js";
import { rehearse } from "./rehearsal.js";

test("a rehearsal drives the whole path against a peer of its own, in an open and in a closed loop", async () => {
  const answered = await rehearse(leanTransport, realOutside);
  // All 5,000, or as many as a busy machine answers in the time given; either loop alone would be 2,500 at most.
  expect(answered).toBeGreaterThan(2_500);
  expect(answered).toBeLessThanOrEqual(5_000);
});

import { expect, test } from "vitest";
import { leanTransport } from "./lean-transport.js";
import { realOutside } from "./real-outside.js";
import { rehearse } from "./rehearsal.js";

test("a rehearsal drives the whole path against a peer of its own, and every call is answered", async () => {
  expect(await rehearse(leanTransport, realOutside)).toBe(5_000);
});

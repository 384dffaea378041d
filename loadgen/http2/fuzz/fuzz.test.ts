import { expect, test } from "vitest";
import { Draw } from "./draw.js";
import { runInput } from "./fuzz-input.js";

// A small part of `npm run fuzz`, always the same, so that a failure is the change's and not chance's.
test("client and server survive a thousand conversations, lawful and mutated", { timeout: 120_000 }, async () => {
  for (let seed = 1; seed <= 1000; seed++) expect(await runInput(seed)).toBeNull();
});

test("an input is its seed: the same one twice", () => {
  const drawn = () => {
    const draw = new Draw(7);
    return [draw.bytes(20).toString("hex"), draw.between(5, 9), draw.chance(0.5), draw.pick(["a", "b", "c"])];
  };
  expect(drawn()).toEqual(drawn());
});

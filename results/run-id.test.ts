import fc from "fast-check";
import { expect, test } from "vitest";
import { isRunId, newRunId } from "./run-id.js";

test("an id says when and where, in UTC", () => {
  expect(newRunId(new Date("2026-11-23T18:30:00.999Z"), "lab", "3f9c")).toBe("20261123-183000-lab-3f9c");
});

test("ids sort by time, and are ids", () => {
  const date = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(date, date, (one, other) => {
      const [a, b] = [newRunId(one, "cluster"), newRunId(other, "cluster")];
      expect(isRunId(a)).toBe(true);
      if (one.getTime() + 1_000 <= other.getTime()) expect(a < b).toBe(true);
    }),
  );
});

test("what is no id is not taken for one", () => {
  for (const text of [
    "",
    "latest",
    "../20261123-183000-lab-3f9c",
    "20261123-183000-moon-3f9c",
    "20261123-183000-lab-3f9c/x",
  ]) {
    expect(isRunId(text), text).toBe(false);
  }
});

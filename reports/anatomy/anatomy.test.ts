import { describe, expect, test } from "vitest";
import { syntheticAnatomy, syntheticTrial } from "../../results/synthetic-anatomy.js";
import { painter } from "../paint.js";
import { renderAnatomyPage } from "./anatomy-page.js";
import { anatomyJson, renderAnatomy } from "./anatomy-text.js";

const ROADS = ["no-policy", "l4", "l7"];
const blocks = Array.from({ length: 8 }, (_, block) => block);
const trials = ROADS.flatMap((road) =>
  blocks.flatMap((block) => [true, false].map((stamps) => syntheticTrial(road, block, stamps))),
);
const record = syntheticAnatomy(ROADS, trials);
const KEPT = { file: "results/anatomy/x.json", page: "results/anatomy/x.html" };

describe("an anatomy", () => {
  test("is told on a terminal, segment by segment", async () => {
    const text = renderAnatomy(record, KEPT, painter(false));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
    await expect(text).toMatchFileSnapshot("__golden__/anatomy.txt");
  });

  test("says how many trials were void, and how many repeats there were", () => {
    const [first] = trials;
    if (first === undefined) throw new Error("no trials");
    const broken = { ...first, voidBecause: ["990 calls were booked of 1000"] };
    const withRepeats = [broken, ...trials.slice(1), { ...first, attempt: 1 }];
    for (const text of [
      renderAnatomy(syntheticAnatomy(ROADS, withRepeats), KEPT, painter(false)),
      renderAnatomyPage(syntheticAnatomy(ROADS, withRepeats)),
    ]) {
      expect(text.replaceAll(/\s+/g, " ")).toContain("in 8 trials; 1 void trial, measured again once");
    }
    expect(anatomyJson(syntheticAnatomy(ROADS, withRepeats), KEPT.file)).toMatchObject({
      roads: [{ repeats: 1 }, {}, {}],
    });
  });

  test("is drawn as one time line a road, every segment on it", () => {
    const page = renderAnatomyPage(record);
    // For wide screens and for narrow ones.
    expect(page.match(/<rect /g)).toHaveLength(2 * ROADS.length * 8);
    for (const road of ROADS) expect(page).toContain(`<h2>${road}</h2>`);
    expect(page).toContain("No toll may be taken from these numbers");
  });

  test("at level full, says that it is experimental, and whose each segment is, the scheduler's too", async () => {
    const wish = { level: "full" as const, wakeUps: true };
    const full = syntheticAnatomy(
      ROADS,
      trials.map(({ scenario, block, stamps }) => syntheticTrial(scenario, block, stamps !== null, wish)),
      wish,
    );
    const text = renderAnatomy(full, KEPT, painter(false));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
    await expect(text).toMatchFileSnapshot("__golden__/anatomy-full.txt");
    const page = renderAnatomyPage(full);
    expect(page).toContain("level full (experimental), wake-ups apart");
    expect(page.match(/<rect [^>]*fill="var\(--tls\)"/g)).toHaveLength(2 * (2 + 2 + 4));
    expect(anatomyJson(full, KEPT.file)).toMatchObject({ anatomy: { level: "full", wake_ups: true } });
  });

  test("calls the road l7-kernel experimental, and says where the rest of it stands", () => {
    const experimental = syntheticAnatomy(
      ["l7-kernel"],
      blocks.map((block) => syntheticTrial("l7-kernel", block, true)),
    );
    for (const text of [renderAnatomy(experimental, KEPT, painter(false)), renderAnatomyPage(experimental)]) {
      expect(text).toContain("l7-kernel (experimental)");
      expect(text.replaceAll(/\s+/g, " ")).toContain("how it is fooled, is shown by tollgate run --roads +l7-kernel");
    }
    expect(anatomyJson(experimental, KEPT.file)).toMatchObject({ roads: [{ name: "l7-kernel", experimental: true }] });
  });

  test("names the roads that it cannot tell, in every form", () => {
    const short = syntheticAnatomy(
      ROADS,
      trials.filter(({ scenario, block }) => scenario !== "l4" || block < 3),
    );
    const reason = /l4 is not told: 3 of at least 6 trials came out right/;
    expect(renderAnatomy(short, KEPT, painter(false))).toMatch(reason);
    expect(renderAnatomyPage(short)).toMatch(reason);
    expect(anatomyJson(short, KEPT.file)).toMatchObject({ untold: [{ name: "l4" }] });
  });

  test("says that a delay was put into the server on purpose", () => {
    const delayed = { ...record, serverDelayNs: 200_000 };
    for (const text of [renderAnatomy(delayed, KEPT, painter(false)), renderAnatomyPage(delayed)]) {
      expect(text).toMatch(/delay of 200 µs was put into the server on purpose/);
    }
  });
});

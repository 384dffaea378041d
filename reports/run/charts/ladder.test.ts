import { describe, expect, test } from "vitest";
import type { SyntheticOptions } from "../../../results/synthetic-run.js";
import { labRun, reportOf } from "../report.test-helper.js";
import { tollLadder } from "./ladder.js";

/** The rungs as the title names them, lowest first. */
function rungs(options: SyntheticOptions): string[] | null {
  const { tables, comparison } = reportOf(labRun({ passes: ["single"], blocks: 6, ...options }));
  const drawn = tables[0] === undefined ? null : tollLadder(tables[0], comparison.comparisons);
  if (drawn === null) return null;
  const [, title = ""] = /median of one call: ([^<]*)</.exec(drawn) ?? [];
  return title.split(", ").map((part) => part.split(" ")[0] ?? "");
}

describe("the toll ladder", () => {
  test("climbs by comparisons that were made, the longest way there is", () => {
    expect(rungs({})).toEqual(["no-policy", "l4", "l4-proxy", "l7", "l7-tls"]);
    expect(rungs({ scenarios: ["no-policy", "l4", "l7", "l7-again"] })).toEqual(["no-policy", "l4", "l7"]);
  });

  test("of a preview climbs through one Envoy: another version is no rung on top of the first", () => {
    const scenarios = ["no-policy", "l4", "l7", "l7-again", "l7-tls"];
    const arms = rungs({ scenarios, envoys: ["1.36.4", "1.37.0"] });
    expect(arms).toEqual(["no-policy", "l4", "l7@1.36.4", "l7-tls@1.36.4"]);
  });

  test("stands on the lowest road that was measured", () => {
    expect(rungs({ scenarios: ["l4", "l7", "l7-tls"] })).toEqual(["l4", "l7", "l7-tls"]);
  });

  test("is not drawn of a single road", () => {
    expect(rungs({ scenarios: ["no-policy"] })).toBeNull();
  });
});

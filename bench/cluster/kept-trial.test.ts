import { describe, expect, test } from "vitest";
import { SOME_PLAN } from "../../loadgen/testing/virtual-trial.js";
import { seconds } from "../../loadgen/units.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { WindowRequest } from "../environment.js";
import { KeptTrial } from "./kept-trial.js";
import type { DriverMeasurement, KeptMeasurement, MeasureOrder } from "./pod-protocol.js";

const place = { index: 18, pass: "single", arrangement: 1, startedAt: "2026-11-28T20:39:16.615Z" } as const;
const request: WindowRequest = {
  scenario: scenarioByName("l4"),
  plan: SOME_PLAN,
  transport: "lean",
  programTime: false,
  trial: { ...place, startedAt: "2026-11-28T20:47:00.000Z" },
};

function kept(mark: MeasureOrder["mark"] = { place, before: { atNs: 0, endpoints: [], policies: [] } }): KeptTrial {
  const ask: MeasureOrder = { scenario: "l4", plan: SOME_PLAN, transport: "lean", mark };
  // As it comes from the driver: through JSON.
  const answer = {} as DriverMeasurement;
  return new KeptTrial(JSON.parse(JSON.stringify({ ask, answer })) as KeptMeasurement);
}

describe("what the driver has kept", () => {
  test("is taken for the very trial that is asked for next, whenever that is", () => {
    expect(kept().fateAt(request)).toBe("taken");
  });

  test.each<[string, Partial<WindowRequest>]>([
    ["another road", { scenario: scenarioByName("l7") }],
    ["another plan", { plan: { ...SOME_PLAN, windowNs: seconds(9) } }],
    ["another transport", { transport: "grpc-js" }],
    ["another pass", { trial: { ...place, pass: "mix" } }],
    ["other pods", { trial: { ...place, arrangement: 2 } }],
  ])("is measured again for %s", (_, other) => {
    expect(kept().fateAt({ ...request, ...other })).toBe("measured again");
  });

  test("is measured again when something was sent to a road since", () => {
    const trial = kept();
    trial.spoil();
    expect(trial.fateAt(request)).toBe("measured again");
  });

  test("and is in the record already, or was no trial, is passed over", () => {
    expect(kept().fateAt({ ...request, trial: { ...place, index: 19 } })).toBe("recorded");
    expect(kept(null).fateAt(request)).toBe("recorded");
  });

  test("tells what the pods that stand were last arranged for", () => {
    expect(kept().standsAs).toEqual({ pass: "single", arrangement: 1 });
    expect(kept(null).standsAs).toBeNull();
  });
});

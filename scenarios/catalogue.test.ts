import { describe, expect, test } from "vitest";
import { isAllowed, methodsAllowedToNobody, PAYMENTS_ACCESS, REFUSED_METHOD } from "./access-policy.js";
import { CATALOGUE, CHAINS, CLUSTER_CATALOGUE, EXPERIMENTAL_CATALOGUE, scenarioByName } from "./catalogue.js";
import { HEADLINE_MIX, STANDARD_MIX } from "./standard-mix.js";

const everything = [...CATALOGUE, ...CLUSTER_CATALOGUE, ...EXPERIMENTAL_CATALOGUE, scenarioByName("l7@1.36.4")];

describe("the catalogue", () => {
  test("holds the roads of the lab in the order of its table", () => {
    expect(CATALOGUE.map((scenario) => scenario.name)).toEqual([
      "no-policy",
      "no-policy-again",
      "l4",
      "l4-proxy",
      "l7-visibility",
      "l7",
      "l7-again",
      "tls",
      "l7-tls",
    ]);
  });

  test.each(everything)("$name: baseline and twin exist, and a twin differs in nothing", (scenario) => {
    if (scenario.baseline !== null) expect(() => scenarioByName(scenario.baseline ?? "")).not.toThrow();
    if (scenario.twinOf === null) return;
    expect(scenario.baseline).toBe(scenario.twinOf);
    const twin = scenarioByName(scenario.twinOf);
    expect(scenario.road).toEqual(twin.road);
    expect(scenario.promise).toEqual(twin.promise);
  });

  test.each(everything)("$name: the promise is what the road can keep", ({ road, promise }) => {
    expect(promise.judged).toBe(road.policy !== "none");
    expect(promise.proxied).toBe(road.proxy.kind);
    expect(promise.handshakes).toBe(
      { none: "none", "end-to-end": "server", intercepted: "proxy-and-server" }[road.tls],
    );
    const judgesMethods = road.proxy.kind === "http" && road.proxy.access !== null;
    expect(promise.refusal).toBe(road.policy === "none" ? "none" : judgesMethods ? "PERMISSION_DENIED" : "silence");
  });

  test("only the floor has no baseline, and every chain of baselines ends there", () => {
    for (const scenario of everything) {
      let steps = 0;
      for (let at = scenario; at.baseline !== null; at = scenarioByName(at.baseline)) {
        steps += 1;
        expect(steps).toBeLessThan(10);
      }
    }
    expect(everything.filter((scenario) => scenario.baseline === null).map(({ name }) => name)).toEqual(["no-policy"]);
  });

  test("the declared chains are those of METHOD 4.6 and name roads of the catalogue", () => {
    expect(CHAINS.map(({ candidate, baseline }) => `${candidate}/${baseline}`)).toEqual([
      "l4/no-policy",
      "l7/l4",
      "l7-tls/l7",
      "l7-tls/tls",
      "l7/l4-proxy",
      "l7-tls/no-policy",
    ]);
    const names = CATALOGUE.map((scenario) => scenario.name);
    for (const { candidate, baseline } of CHAINS) expect(names).toEqual(expect.arrayContaining([candidate, baseline]));
  });
});

describe("finding a scenario", () => {
  test("a preview is named by its Envoy version", () => {
    const scenario = scenarioByName("l7@1.36.4");
    expect(scenario).toEqual(scenarioByName("l7@1.36.4"));
    expect(scenario.road.proxy).toMatchObject({ kind: "http", envoy: "1.36.4" });
  });

  test("a slip of the pen is answered with the nearest name", () => {
    expect(() => scenarioByName("l7-tsl")).toThrow(
      expect.objectContaining({ text: expect.objectContaining({ try: 'did you mean "l7-tls"?' }) }),
    );
  });

  test("l7@ without a full version is refused as such", () => {
    expect(() => scenarioByName("l7@1.36")).toThrow('"l7@1.36" names no Envoy version');
  });
});

describe("who may call what", () => {
  test("IssueRefund is allowed to nobody, everything else to exactly one caller", () => {
    expect(methodsAllowedToNobody(PAYMENTS_ACCESS)).toEqual([REFUSED_METHOD]);
    expect(isAllowed(PAYMENTS_ACCESS, "api-gateway", "ProcessPayment")).toBe(true);
    expect(isAllowed(PAYMENTS_ACCESS, "finance-batch-job", "ProcessPayment")).toBe(false);
    expect(isAllowed(PAYMENTS_ACCESS, "api-gateway", "IssueRefund")).toBe(false);
  });

  test("the mixes weigh 100 and drive only calls that are allowed", () => {
    for (const mix of [STANDARD_MIX, HEADLINE_MIX]) {
      expect(mix.reduce((sum, call) => sum + call.weight, 0)).toBe(100);
      for (const { caller, method, path } of mix) {
        expect(isAllowed(PAYMENTS_ACCESS, caller, method)).toBe(true);
        expect(path).toBe(`/payments.Payments/${method}`);
      }
    }
  });
});

/**
 * The lab under other settings: each must keep its roads' promises, and say what it cannot show.
 */
import { describe, expect, test } from "vitest";
import { provePath } from "../../results/path-proof.js";
import { CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { startLab, type LabEnvironment, type LabOptions } from "./lab-environment.js";
import { labOptions, SHORT_PLAN } from "./lab.test-helper.js";

const noSignal = new AbortController().signal;
const L7_ROADS = ["no-policy", "l4-proxy", "l7", "l7-tls"].map(scenarioByName);

async function withLab(
  options: Partial<LabOptions>,
  scenarios: readonly Scenario[],
  work: (lab: LabEnvironment, warnings: readonly string[]) => Promise<void>,
): Promise<void> {
  await using lab = await startLab(labOptions(options));
  const { warnings } = await lab.prepare(scenarios, noSignal);
  await work(lab, warnings);
}

async function proofOf(lab: LabEnvironment, scenario: Scenario): Promise<ReturnType<typeof provePath>> {
  const request = { scenario, plan: SHORT_PLAN, transport: "lean" as const, programTime: false };
  const { before, after, measurement } = await lab.measure(request, noSignal);
  return provePath(scenario.promise, before, after, measurement);
}

describe("with --original-source", () => {
  test("Envoy calls from the client's address, and every road is proven as before", async () => {
    await withLab({ originalSource: true }, L7_ROADS, async (lab) => {
      for (const scenario of L7_ROADS) expect((await proofOf(lab, scenario)).level).toBe("exact");
    });
  });
});

describe("with --proxy-alpn", () => {
  test("clients insist on ALPN behind the proxy as well", async () => {
    const l7Tls = scenarioByName("l7-tls");
    await withLab({ proxyAlpn: true }, [l7Tls], async (lab) => {
      expect((await proofOf(lab, l7Tls)).level).toBe("exact");
    });
  });
});

describe("with --rootless", () => {
  test("every road but l4 is measured, and what is missing is said", async () => {
    await withLab({ rootless: true }, CATALOGUE, async (lab, warnings) => {
      expect([...lab.notMeasured.keys()]).toEqual(["l4"]);
      expect(lab.notMeasured.get("l4")).toContain("the eBPF policy program cannot be loaded here");
      expect(warnings).toContainEqual(expect.stringContaining("their tolls hold no eBPF policy"));
      for (const scenario of CATALOGUE.filter(({ name }) => !lab.notMeasured.has(name))) {
        const { level, contradictions } = await proofOf(lab, scenario);
        expect({ name: scenario.name, level, contradictions }).toEqual({
          name: scenario.name,
          level: scenario.promise.judged ? "behavioural" : "exact",
          contradictions: [],
        });
      }
      expect((await lab.probe(scenarioByName("l7"), "api-gateway", "IssueRefund")).seen).toBe("PERMISSION_DENIED");
    });
  });

  test("a road that cannot be shown is refused, never silently something else", async () => {
    const [floor, l4] = [scenarioByName("no-policy"), scenarioByName("l4")];
    await withLab({ rootless: true }, [floor, l4], async (lab) => {
      await expect(proofOf(lab, l4)).rejects.toThrow('the road "l4" cannot be measured here');
    });
    const alone = withLab({ rootless: true }, [l4], () => Promise.resolve());
    await expect(alone).rejects.toThrow("none of the asked roads can be measured on this machine");
  });
});

describe("two labs", () => {
  test("stand side by side under two names, see each other, and keep their books apart", async () => {
    const l7 = scenarioByName("l7");
    await withLab({}, [l7], (first) =>
      withLab({}, [l7], async (second, warnings) => {
        expect(warnings).toContainEqual(expect.stringContaining("another lab"));
        const proofs = await Promise.all([proofOf(first, l7), proofOf(second, l7)]);
        expect(proofs.map(({ level }) => level)).toEqual(["exact", "exact"]);
      }),
    );
  });

  test("do not share a name", async () => {
    const options = labOptions();
    await using _first = await startLab(options);
    await expect(startLab(options)).rejects.toThrow("stands on this machine already");
  });
});

describe("two Envoys", () => {
  test("that are one program are refused", async () => {
    const same = [scenarioByName("l7"), scenarioByName("l7@1.37.0")];
    await using lab = await startLab(labOptions({ envoy: "1.37.0" }));
    await expect(lab.prepare(same, noSignal)).rejects.toThrow("are the same program");
  });
});

test("a lab that is prepared anew stands anew", async () => {
  const [noPolicy, , l7] = L7_ROADS as [Scenario, Scenario, Scenario];
  await withLab({}, [noPolicy], async (lab) => {
    const { placement } = await lab.prepare([noPolicy, l7], noSignal);
    expect(placement.generator).not.toBe(placement.server);
    expect((await proofOf(lab, l7)).level).toBe("exact");
  });
});

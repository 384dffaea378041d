/**
 * Every road of the catalogue, standing at once, measured and proven by number: clients' calls = server's calls =
 * Envoy's requests, judged by the policy program exactly where that is promised.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { perSecond, seconds } from "../../loadgen/units.js";
import { provePath } from "../../results/path-proof.js";
import { PAYMENTS_ACCESS } from "../../scenarios/access-policy.js";
import { CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { STANDARD_MIX } from "../../scenarios/standard-mix.js";
import type { EnvironmentFacts, WindowReading } from "../environment.js";
import { wantedProbes } from "../run/probes.js";
import { startLab, type LabEnvironment } from "./lab-environment.js";
import { COMMANDS, descendants, labOptions, SHORT_PLAN, type SeenProcess } from "./lab.test-helper.js";

const l7 = scenarioByName("l7");
const MANY_RULES: Scenario = {
  ...l7,
  name: "l7-rules-100",
  road: { ...l7.road, proxy: { kind: "http", access: { ...PAYMENTS_ACCESS, fillerRules: 98 }, envoy: null } },
};
const SCENARIOS = [...CATALOGUE, scenarioByName("l7@1.36.4"), MANY_RULES];

let lab: LabEnvironment;
let facts: EnvironmentFacts;
const noSignal = new AbortController().signal;

beforeAll(async () => {
  lab = await startLab(labOptions());
  facts = await lab.prepare(SCENARIOS, noSignal);
}, 120_000);
afterAll(() => lab[Symbol.asyncDispose]());

async function measured(scenario: Scenario, plan: LoadPlan, programTime = false): Promise<WindowReading> {
  const reading = await lab.measure({ scenario, plan, transport: "lean", programTime }, noSignal);
  const { books } = reading.measurement;
  expect(books.ok, "calls answered").toBeGreaterThan(0);
  expect(books.totalEnded, "calls ended").toBe(books.totalSent);
  return reading;
}

function expectExactProof(scenario: Scenario, { before, after, measurement }: WindowReading): void {
  expect(provePath(scenario.promise, before, after, measurement)).toMatchObject({ level: "exact", contradictions: [] });
}

describe("standing up", () => {
  test("leaves no road out and tells what took how long", () => {
    expect([...lab.notMeasured]).toEqual([]);
    expect(facts.warnings.filter((warning) => !warning.startsWith("another lab"))).toEqual([]);
    expect(Object.keys(facts.timings)).toEqual(
      expect.arrayContaining(["roads", "envoy", "server", "generator", "total"]),
    );
    expect(facts.fingerprint).toMatchObject({ "envoy@1.36.4": "1.36.4" });
  });
});

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", (_name, scenario) => {
  test("answers and refuses as it promises", async () => {
    for (const { caller, method, promised } of wantedProbes(scenario)) {
      expect((await lab.probe(scenario, caller, method)).seen, `${method} by ${caller}`).toBe(promised);
    }
  });

  test("is proven exactly with one call in flight", async () => {
    expectExactProof(scenario, await measured(scenario, SHORT_PLAN));
  });

  test("is proven exactly under open load of both callers on several connections", async () => {
    const open: LoadPlan = {
      ...SHORT_PLAN,
      loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(400) }, overflow: "queue" },
      mix: STANDARD_MIX,
      connections: 2,
    };
    expectExactProof(scenario, await measured(scenario, open));
  });

  test("accounts the CPU of every process of the road over the window", async () => {
    const { cpu } = await measured(scenario, SHORT_PLAN);
    const roles = new Set(cpu?.processes.map(({ role }) => role));
    expect(roles).toEqual(new Set(["generator", "server", "envoy", "other"]));
    const spent = (role: string): number =>
      cpu?.processes.filter((process) => process.role === role).reduce((sum, { cpuNs }) => sum + cpuNs, 0) ?? 0;
    expect(spent("generator")).toBeGreaterThan(0);
    expect(spent("server")).toBeGreaterThan(0);
    expect(cpu?.durationNs).toBeGreaterThan(0);
  });
});

describe("roads that take turns", () => {
  test("each prove their path exactly, over the same window, with about as many calls", async () => {
    const request = { scenarios: SCENARIOS, plan: { ...SHORT_PLAN, windowNs: seconds(1) }, transport: "lean" as const };
    for (const _again of [1, 2]) {
      const readings = await lab.measureInterleaved(request, noSignal);
      expect([...readings.keys()]).toEqual(SCENARIOS.map(({ name }) => name));
      for (const scenario of SCENARIOS) expectExactProof(scenario, readings.get(scenario.name)!);
      const windows = new Set([...readings.values()].map(({ measurement }) => measurement.startedAtNs));
      expect(windows.size).toBe(1);
      const calls = [...readings.values()].map(({ measurement }) => measurement.books.ok);
      expect(Math.max(...calls) - Math.min(...calls)).toBeLessThanOrEqual(6); // a round begun before, and one not ended
      expect(Math.min(...calls)).toBeGreaterThan(20);
    }
  });
});

describe("an Envoy that meets the server for the first time", () => {
  test("opens no burst of upstream connections, nor does it later", async () => {
    await lab.prepare([l7], noSignal);
    const busy: LoadPlan = {
      ...SHORT_PLAN,
      loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(1000) }, overflow: "queue" },
    };
    for (let trial = 0; trial < 3; trial++) {
      const { before, after } = await measured(l7, busy);
      const opened = (after.proxy?.upstreamConnections ?? 0) - (before.proxy?.upstreamConnections ?? 0);
      expect(opened).toBe(trial === 0 ? 1 : 0);
    }
    await lab.prepare(SCENARIOS, noSignal);
  });
});

describe("a new connection for each call", () => {
  test.each(["tls", "l7-tls"])("shakes hands for each on %s", async (name) => {
    const plan: LoadPlan = { ...SHORT_PLAN, loop: { kind: "closed", inFlight: 1, connectionPerCall: true } };
    const scenario = scenarioByName(name);
    expectExactProof(scenario, await measured(scenario, plan));
  });
});

describe("the policy program's own time", () => {
  test("is counted on judged roads, and on no other", async () => {
    const { programTime } = await measured(scenarioByName("l4"), SHORT_PLAN, true);
    expect(programTime?.runs).toBeGreaterThan(0);
    expect(programTime?.runNs).toBeGreaterThan(0);
    expect((await measured(scenarioByName("no-policy"), SHORT_PLAN, true)).programTime).toBeNull();
  });

  test("is not counted, and costs nothing, when nobody asks", async () => {
    expect((await measured(scenarioByName("l4"), SHORT_PLAN)).programTime).toBeNull();
  });
});

test("the whole lab stays under 600 MB while a road is tried, the command line included", async () => {
  await lab.probe(l7, "api-gateway", "ProcessPayment"); // the probing process stays for the next probe
  const isPart = ({ command }: SeenProcess): boolean => Object.values(COMMANDS).some((known) => known.test(command));
  const parts = descendants(process.pid).filter(isPart);
  expect(parts.map(({ command }) => command)).toContainEqual(expect.stringMatching(COMMANDS.prober));
  // The command line itself, which is this test here, takes some 90 MB.
  const bytes = parts.map(({ pid }) => proportionalBytes(pid));
  expect(bytes.reduce((sum, one) => sum + one, 0) / 1e6).toBeLessThan(500);
});

/** What is shared counts for each process that shares it in part (proc(5), smaps_rollup). */
function proportionalBytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]) * 1024;
}

test("interval lines arrive while the window is open", async () => {
  const lines: number[] = [];
  const request = { scenario: l7, plan: SHORT_PLAN, transport: "lean" as const, programTime: false };
  await lab.measure({ ...request, onInterval: (line) => lines.push(line.atNs) }, noSignal);
  expect(lines.length).toBeGreaterThan(0);
});

test("the reference transport takes the same roads", async () => {
  const scenario = scenarioByName("l7-tls");
  const reading = await lab.measure({ scenario, plan: SHORT_PLAN, transport: "grpc-js", programTime: false }, noSignal);
  expectExactProof(scenario, reading);
});

import { describe, expect, test } from "vitest";
import { randomStream } from "../../loadgen/random.js";
import { SOME_PLAN } from "../../loadgen/testing/virtual-trial.js";
import type { CpuWindow } from "../../results/cpu-window.js";
import { syntheticOutcome } from "../../results/synthetic-trial.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { WindowRequest } from "../environment.js";
import type { SpentCpu } from "./cilium-processes.js";
import { plainReading, type PathReading, type PodEndpoint } from "./datapath.js";
import { wantedOf } from "./enforcement.js";
import { measureWindow, takeKept } from "./measure-window.js";
import type { DriverMeasurement, KeptMeasurement, MeasureOrder } from "./pod-protocol.js";
import type { RunStand } from "./run-stand.js";

const scenario = scenarioByName("no-policy");
const never = new AbortController().signal;
const request: WindowRequest = {
  scenario,
  plan: SOME_PLAN,
  transport: "lean",
  programTime: false,
  trial: { index: 4, pass: "single", arrangement: null, startedAt: "2026-11-28T20:50:00.000Z" },
};

function reading(atNs: number, ids: Readonly<Record<string, number>> = { server: 1, gw: 2, fin: 3 }): PathReading {
  const endpoints = Object.entries(ids).map(([podName, id]): PodEndpoint => ({
    ...{ id, podName, identity: 5000, pod: { namespace: "tollgate-1", name: podName }, state: "ready" },
    ...{ realizedRevision: 7, proxyRevision: null, enforced: "none", proxy: [] },
  }));
  return { atNs, endpoints, policies: new Map() };
}

function answer(): DriverMeasurement {
  const outcome = syntheticOutcome({
    scenario,
    plan: SOME_PLAN,
    serviceNs: 80_000,
    calls: 500,
    random: randomStream(1),
  });
  if (outcome.state !== "measured") throw new Error("a synthetic trial is measured");
  const { measurement, cpu, path } = outcome;
  const ownCpu: CpuWindow | null = cpu === null ? null : { ...cpu, processes: [] };
  return { measurement, cpu: ownCpu, before: path.before.server, after: path.after.server };
}

interface Told {
  readonly stand: RunStand;
  readonly asked: MeasureOrder[];
  readonly forgotten: () => number;
}

function stand(more: { readonly breaks?: boolean; readonly after?: PathReading } = {}): Told {
  const asked: MeasureOrder[] = [];
  let breaks = 0;
  let forgotten = 0;
  let spentNs = 0;
  const agent = (): SpentCpu[] => [
    { key: "n/a/1", role: "agent", name: "agent", pid: 1, cpuNs: (spentNs += 5e6), userNs: 0, systemNs: 0 },
  ];
  const told = {
    link: {
      get breaks() {
        return breaks;
      },
      call: (_: "measure", ask: MeasureOrder) => {
        asked.push(ask);
        if (more.breaks === true) breaks++;
        return Promise.resolve(answer());
      },
    },
    datapath: {
      before: () => Promise.resolve(reading(10)),
      after: () => Promise.resolve(more.after ?? reading(20)),
      forget: () => void forgotten++,
    },
    processes: { read: () => Promise.resolve(agent()) },
    wanted: new Map([[scenario.name, wantedOf(scenario, "server", ["gw", "fin"])]]),
  };
  return { stand: told as unknown as RunStand, asked, forgotten: () => forgotten };
}

const rolesOf = ({ cpu }: { readonly cpu: CpuWindow | null }): string[] =>
  cpu?.processes.map(({ role }) => role) ?? ["none"];

describe("a trial in the cluster", () => {
  test("lies between two readings of the agents, and gives the driver the first to keep", async () => {
    const { stand: standing, asked } = stand();
    const { before, after, measurement, cpu } = await measureWindow(standing, request, never);
    expect([before.atNs, after.atNs]).toEqual([10, 20]);
    expect(asked[0]?.mark).toEqual({ place: request.trial, before: plainReading(reading(10)) });
    expect(rolesOf({ cpu })).toEqual(["agent"]);
    expect(measurement.notes).toEqual([]);
  });

  test("of a pilot is nothing to keep", async () => {
    const { stand: standing, asked } = stand();
    const { trial: _, ...pilot } = request;
    await measureWindow(standing, pilot, never);
    expect(asked[0]?.mark).toBeNull();
  });

  test("whose stream broke says so, and tells nothing of what Cilium spent since", async () => {
    const { measurement, cpu } = await measureWindow(stand({ breaks: true }).stand, request, never);
    expect(measurement.notes).toEqual(["the stream into the cluster broke meanwhile, and was opened again"]);
    expect(rolesOf({ cpu })).toEqual([]);
  });

  test("that was cut short by the user is none, and what the agents say next closes no trial", async () => {
    const { stand: standing, forgotten } = stand();
    await expect(measureWindow(standing, request, AbortSignal.abort(new Error("Ctrl-C")))).rejects.toThrow("Ctrl-C");
    expect(forgotten()).toBe(1);
  });
});

describe("a trial that the driver has kept", () => {
  const startedAt = "2026-11-28T20:39:16.615Z";
  const place = { index: 4, pass: "single", arrangement: null, startedAt } as const;
  const mark = { place, before: plainReading(reading(3)) };
  const kept: KeptMeasurement = {
    ask: { scenario: scenario.name, plan: SOME_PLAN, transport: "lean", mark },
    answer: answer(),
  };

  test("is closed by what the agents say now; what they said before it was kept with it", async () => {
    const { stand: standing, asked } = stand();
    const taken = await takeKept(standing, request, kept);
    expect([taken.before.atNs, taken.after.atNs]).toEqual([3, 20]);
    expect(taken.before.server).toEqual(kept.answer.before);
    expect(taken.startedAt).toBe(startedAt);
    expect(taken.measurement.notes.join()).toContain("the driver kept the answer");
    expect(rolesOf(taken)).toEqual([]);
    expect(asked).toEqual([]);
  });

  test("is void when a pod of its road was replaced since, under whatever name", async () => {
    const { stand: standing, forgotten } = stand({ after: reading(20, { server: 9, gw: 2, fin: 3 }) });
    await expect(takeKept(standing, request, kept)).rejects.toThrow("the wrong policy is in force");
    expect(forgotten()).toBe(1);
  });
});

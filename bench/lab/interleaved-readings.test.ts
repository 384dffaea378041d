import { expect, test } from "vitest";
import { recordName } from "../../loadgen/load-plan.js";
import type { Measurement } from "../../loadgen/measurement.js";
import { randomStream } from "../../loadgen/random.js";
import type { PathCounters } from "../../results/path-counters.js";
import { provePath } from "../../results/path-proof.js";
import { syntheticOutcome } from "../../results/synthetic-trial.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { HEADLINE_MIX } from "../../scenarios/standard-mix.js";
import { designRun } from "../run/design.js";
import { ms, perSecond, seconds } from "../../loadgen/units.js";
import { readingsByRoad } from "./interleaved-readings.js";

const SCENARIOS = ["no-policy", "l7", "l7-again"].map(scenarioByName);
const MIX = SCENARIOS.flatMap(({ name }) => HEADLINE_MIX.map((share) => ({ ...share, road: name })));

/** Three windows as each road alone would give them, put together to one in which they took turns. */
function window(): { measurement: Measurement; before: PathCounters[]; after: PathCounters[] } {
  const { passes } = designRun({
    ...{ scenarios: SCENARIOS, passes: ["single"], blocks: 1, seed: 1, connections: 1, streams: 1, idle: "spin" },
    ...{ windowNs: ms(100), warmupNs: ms(0), rate: perSecond(1), timeoutNs: seconds(1) },
  });
  const outcomes = SCENARIOS.map((scenario, i) => {
    const plan = passes[0]!.plan;
    const one = syntheticOutcome({ scenario, plan, serviceNs: 80_000, calls: 100 * (i + 1), random: randomStream(i) });
    if (one.state !== "measured") throw new Error("a synthetic trial is measured");
    return one;
  });
  const all = outcomes.map(({ measurement }) => measurement);
  const add = (of: (one: Measurement) => number): number => all.reduce((sum, one) => sum + of(one), 0);
  const roadNamed = <T extends { method: string }>(parts: readonly T[], road: string): T[] =>
    parts.map((part) => ({ ...part, method: recordName({ method: part.method, road }) }));
  const first = all[0]!;
  const measurement: Measurement = {
    ...first,
    books: {
      ...first.books,
      scheduled: add(({ books }) => books.scheduled),
      sent: add(({ books }) => books.sent),
      ok: add(({ books }) => books.ok),
      totalSent: add(({ books }) => books.totalSent),
      totalEnded: add(({ books }) => books.totalEnded),
    },
    methods: all.flatMap((one, i) => roadNamed(one.methods, SCENARIOS[i]!.name)),
    series: all.flatMap((one, i) => roadNamed(one.series, SCENARIOS[i]!.name)),
    connections: { ...first.connections, opened: add(({ connections }) => connections.opened) },
  };
  const requests = outcomes.reduce((sum, { path }) => sum + (path.after.proxy?.requests ?? 0), 0);
  const before = outcomes.map(({ path }) => ({ ...path.before, anyProxyRequests: 0 }));
  const after = outcomes.map(({ path }) => ({ ...path.after, anyProxyRequests: requests }));
  return { measurement, before, after };
}

test("every road of a window in which roads took turns proves its own path", () => {
  const readings = readingsByRoad({ ...window(), mix: MIX });
  expect(readings.map(([name]) => name)).toEqual(["no-policy", "l7", "l7-again"]);
  for (const [name, { before, after, measurement }] of readings) {
    const proof = provePath(scenarioByName(name).promise, before, after, measurement);
    expect(proof, name).toMatchObject({ level: "exact", contradictions: [] });
  }
});

test("a call that passed Envoy and belongs to no road there contradicts the road without a proxy", () => {
  const { measurement, before, after } = window();
  const oneMore = after.map((one) => ({ ...one, anyProxyRequests: (one.anyProxyRequests ?? 0) + 1 }));
  const [[, reading] = []] = readingsByRoad({ measurement, mix: MIX, before, after: oneMore });
  const proof = provePath(scenarioByName("no-policy").promise, reading!.before, reading!.after, reading!.measurement);
  expect(proof.contradictions.join()).toContain("all proxies together counted 1 requests");
});

test("nobody says whose the CPU of such a window was", () => {
  for (const [, { cpu }] of readingsByRoad({ ...window(), mix: MIX })) expect(cpu).toBeNull();
});

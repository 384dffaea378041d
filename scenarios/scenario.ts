/**
 * A scenario is a question with the road that answers it. Everything the lab, the cluster and the reports need to know
 * of a road stands here as data; nothing else in the code knows roads by name.
 */
import type { CallerName } from "../loadgen/load-plan.js";
import type { PaymentsMethod } from "../proto/payments.js";

export interface Scenario {
  /** `no-policy`, `l7-tls`, `l7@1.36.4` … */
  readonly name: string;
  readonly question: string;
  /** The scenario this one is held against; null for the floor. */
  readonly baseline: string | null;
  /** What is different from the baseline, in two to four words: `the hop to Envoy`. */
  readonly differs: string;
  readonly road: Road;
  readonly promise: PathPromise;
  /** The scenario that this one repeats on purpose (A/A control); null for all others. */
  readonly twinOf: string | null;
}

export interface Road {
  /**
   * `l4`: identity × port × protocol judged in eBPF, default deny. `l7-kernel`, experimental: gRPC methods as well, in
   * the kernel; its rules are in `kernel`.
   */
  readonly policy: "none" | "l4" | "l7-kernel";
  readonly kernel?: KernelRules;
  readonly proxy: Proxy;
  readonly tls: "none" | "end-to-end" | "intercepted";
  /** In a cluster: whose policy holds the rules. Not said: the server's, on ingress; `caller`: the callers', on egress. */
  readonly enforcedAt?: "server" | "caller";
}

export type Proxy =
  | { readonly kind: "none" }
  /** `envoy`, here and below: the version that must take this road; null or not said: the run's own Envoy. */
  | { readonly kind: "tcp"; readonly envoy?: string }
  /** `access` null: HTTP is parsed, nothing is judged. */
  | { readonly kind: "http"; readonly access: AccessPolicy | null; readonly envoy: string | null };

/** What the experimental program of the road l7-kernel enforces, and what becomes of a call that no rule allows. */
export interface KernelRules {
  readonly access: AccessPolicy;
  readonly action: KernelAction;
}

/**
 * observe: it is counted and goes on · drop: its packet, and every later one of the connection · reset: the connection
 * · rewrite: its path, to one that no server knows.
 */
export const KERNEL_ACTIONS = ["observe", "drop", "reset", "rewrite"] as const;
export type KernelAction = (typeof KERNEL_ACTIONS)[number];

/** Who may call what; every pair that is not named is refused. */
export interface AccessPolicy {
  readonly rules: readonly AccessRule[];
  /** Rules that match nothing, placed before the real ones: the sweep of the number of rules. */
  readonly fillerRules: number;
}
export interface AccessRule {
  readonly caller: Exclude<CallerName, "anyone">;
  readonly methods: readonly PaymentsMethod[];
}

/** What must be seen in the counters of the path before a number is believed (METHOD §2.10). */
export interface PathPromise {
  /** The policy program judges this road's packets, or never sees them. */
  readonly judged: boolean;
  /** Requests counted by the proxy: exactly the calls sent (`http`), connections only (`tcp`), or zero (`none`). */
  readonly proxied: "none" | "tcp" | "http";
  readonly handshakes: "none" | "server" | "proxy-and-server";
  /** How a call that no rule allows ends. */
  readonly refusal: Refusal;
  /** The policy program counts every call by the rule that lets it through. */
  readonly countedByRule?: boolean;
}

/** PERMISSION_DENIED: Envoy's answer. UNAVAILABLE and UNIMPLEMENTED: what a program in the kernel can bring about. */
export type Refusal = "none" | "silence" | "PERMISSION_DENIED" | "UNAVAILABLE" | "UNIMPLEMENTED";

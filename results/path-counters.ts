/**
 * The counters along one road at one instant, as every environment reports them. Differences of two readings prove, or
 * contradict, which way the calls took (path-proof.ts).
 */
export interface PathCounters {
  readonly atNs: number;
  readonly server: ServerCounters;
  /** The proxy's counters for this road; null where the road has none. */
  readonly proxy: ProxyCounters | null;
  /** All proxies of the environment together: must stand still on roads that promise no proxy. */
  readonly anyProxyRequests: number | null;
  /** The policy program's counters for this road; null: not measured here. */
  readonly policy: PolicyCounters | null;
  /** What the experimental program of the road l7-kernel counted; absent on every other road. */
  readonly kernel?: KernelCounters;
  /** How exactly the proxy's and the program's counters can be read here. */
  readonly precision: "exact" | "lower-bound" | "unreadable";
  /** Counters of the proxy that cannot be read here; they stand as 0, and prove nothing. Absent: all can be read. */
  readonly unread?: readonly (keyof ProxyCounters)[];
}

export interface ServerCounters {
  readonly calls: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly handshakes: number;
}

export interface ProxyCounters {
  readonly requests: number;
  readonly allowed: number;
  readonly denied: number;
  readonly downstreamConnections: number;
  readonly upstreamConnections: number;
  readonly upstreamRequests: number;
  readonly retries: number;
  readonly overflows: number;
  readonly connectFailures: number;
  readonly downstreamHandshakes: number;
  readonly upstreamHandshakes: number;
}

export interface PolicyCounters {
  readonly packets: number;
  readonly bytes: number;
  readonly denied: number;
}

export interface KernelCounters {
  /** Calls that a rule let through, by method. */
  readonly hits: Readonly<Record<string, number>>;
  /** Calls that no rule allowed. */
  readonly denied: number;
  /** Packets that the program could not judge. */
  readonly unjudged: number;
  /** Packets that came before one that was still missing: not judged. */
  readonly outOfOrder: number;
  /** Packets that the program took for repetitions of what it had judged. */
  readonly retransmitted: number;
}

/** What one road has that another lacks, in two to four words, for steps that no scenario describes itself. */
import type { Proxy, Road, Scenario } from "../../scenarios/scenario.js";

/** `the hop to Envoy, HTTP/2 parsing, rules`; the scenario's own words where the step is its own. */
export function roadDifference(from: Scenario, to: Scenario): string {
  if (to.baseline === from.name) return to.differs;
  const parts = [
    ...(from.road.policy === to.road.policy ? [] : ["eBPF policy"]),
    ...proxySteps(from.road.proxy, to.road.proxy),
    ...(from.road.tls === to.road.tls ? [] : [TLS_WORDS[to.road.tls]]),
  ];
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

const TLS_WORDS: Readonly<Record<Road["tls"], string>> = {
  none: "no TLS",
  "end-to-end": "TLS end to end",
  intercepted: "TLS off and on again",
};

const PROXY_STEPS = ["hop to Envoy", "HTTP/2", "rules"] as const;

function proxySteps(from: Proxy, to: Proxy): string[] {
  const [low, high] = [depth(from), depth(to)];
  if (high < low) return ["less of Envoy"];
  return PROXY_STEPS.slice(low, high);
}

function depth(proxy: Proxy): number {
  if (proxy.kind === "none") return 0;
  if (proxy.kind === "tcp") return 1;
  return proxy.access === null ? 2 : 3;
}

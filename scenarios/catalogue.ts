/**
 * The catalogue: every road tollgate knows, as data, in the order in which tables show them. A road is added here and
 * nowhere else.
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import { PAYMENTS_ACCESS } from "./access-policy.js";
import { nearestWord } from "../loadgen/nearest-word.js";
import { ENVOY_VERSION, throughEnvoy } from "./envoy-arms.js";
import { kernelScenarioOf, L7_KERNEL, L7_KERNEL_NAME } from "./l7-kernel.js";
import type { PathPromise, Proxy, Road, Scenario } from "./scenario.js";

const NO_PROXY: Proxy = { kind: "none" };
const JUDGING_PROXY: Proxy = { kind: "http", access: PAYMENTS_ACCESS, envoy: null };
const L7_ROAD: Road = { policy: "l4", proxy: JUDGING_PROXY, tls: "none" };
/** Upstream Cilium tests TLS interception on egress only, so that is the reference; ingress is a road of its own. */
const L7_TLS_ROAD: Road = { policy: "l4", proxy: JUDGING_PROXY, tls: "intercepted", enforcedAt: "caller" };
const L7_TLS_INGRESS_ROAD: Road = { ...L7_TLS_ROAD, enforcedAt: "server" };

const OPEN: PathPromise = { judged: false, proxied: "none", handshakes: "none", refusal: "none" };
const L7_PROMISE: PathPromise = { judged: true, proxied: "http", handshakes: "none", refusal: "PERMISSION_DENIED" };
const L7_TLS_PROMISE: PathPromise = { ...L7_PROMISE, handshakes: "proxy-and-server" };

const L7: Scenario = {
  name: "l7",
  question: "What does it cost when Envoy judges every gRPC method, in plaintext?",
  baseline: "l4",
  differs: "the L7 policy in Envoy",
  road: L7_ROAD,
  promise: L7_PROMISE,
  twinOf: null,
};

/** The roads that stand in every environment (LAB, "Roads"). */
export const CATALOGUE: readonly Scenario[] = [
  {
    name: "no-policy",
    question: "What does a call cost when nothing stands in its way?",
    baseline: null,
    differs: "the floor",
    road: { policy: "none", proxy: NO_PROXY, tls: "none" },
    promise: OPEN,
    twinOf: null,
  },
  {
    name: "no-policy-again",
    question: "Does the same road, measured twice, cost the same?",
    baseline: "no-policy",
    differs: "nothing (A/A control)",
    road: { policy: "none", proxy: NO_PROXY, tls: "none" },
    promise: OPEN,
    twinOf: "no-policy",
  },
  {
    name: "l4",
    question: "What does an L4 policy cost, judged in eBPF?",
    baseline: "no-policy",
    differs: "the eBPF policy",
    road: { policy: "l4", proxy: NO_PROXY, tls: "none" },
    promise: { judged: true, proxied: "none", handshakes: "none", refusal: "silence" },
    twinOf: null,
  },
  {
    name: "l4-proxy",
    question: "What does the detour through Envoy cost when it only passes bytes on?",
    baseline: "l4",
    differs: "Envoy as TCP proxy",
    road: { policy: "l4", proxy: { kind: "tcp" }, tls: "none" },
    promise: { judged: true, proxied: "tcp", handshakes: "none", refusal: "silence" },
    twinOf: null,
  },
  {
    name: "l7-visibility",
    question: "What does it cost when Envoy parses every call but judges none?",
    baseline: "l4-proxy",
    differs: "HTTP/2 parsing",
    road: { policy: "l4", proxy: { kind: "http", access: null, envoy: null }, tls: "none" },
    promise: { judged: true, proxied: "http", handshakes: "none", refusal: "silence" },
    twinOf: null,
  },
  L7,
  {
    ...L7,
    name: "l7-again",
    question: "Does the same road through Envoy, measured twice, cost the same?",
    baseline: "l7",
    differs: "nothing (A/A control)",
    twinOf: "l7",
  },
  {
    name: "tls",
    question: "What does TLS from client to server cost, without a proxy?",
    baseline: "no-policy",
    differs: "TLS end to end",
    road: { policy: "none", proxy: NO_PROXY, tls: "end-to-end" },
    promise: { ...OPEN, handshakes: "server" },
    twinOf: null,
  },
  {
    name: "l7-tls",
    question: "What does it cost when Envoy takes TLS off, judges every method and puts TLS on again?",
    baseline: "l7",
    differs: "TLS on both hops",
    road: L7_TLS_ROAD,
    promise: L7_TLS_PROMISE,
    twinOf: null,
  },
];

/** Roads that only a cluster can show: the same rules, enforced at the other end. */
export const CLUSTER_CATALOGUE: readonly Scenario[] = [
  {
    name: "l7-tls-ingress",
    question: "What does TLS interception cost when the server's policy asks for it, not the callers'?",
    baseline: "l7-tls",
    differs: "intercepted on ingress",
    road: L7_TLS_INGRESS_ROAD,
    promise: L7_TLS_PROMISE,
    twinOf: null,
  },
];

/** Roads that are built to be looked at, not to be taken: off unless asked for by name, never part of an advice. */
export const EXPERIMENTAL_CATALOGUE: readonly Scenario[] = [L7_KERNEL];

/** A comparison of two roads: what `candidate` costs over `baseline`. */
export interface Chain {
  readonly candidate: string;
  readonly baseline: string;
}

/** The declared comparisons, each printed on its own (METHOD §4.6). */
export const CHAINS: readonly Chain[] = [
  { candidate: "l4", baseline: "no-policy" },
  { candidate: "l7", baseline: "l4" },
  { candidate: "l7-tls", baseline: "l7" },
  { candidate: "l7-tls", baseline: "tls" },
  { candidate: "l7", baseline: "l4-proxy" },
  { candidate: "l7-tls", baseline: "no-policy" },
];

/** What an experimental road is held against beside its baseline; exploratory, like everything about it. */
export const EXPERIMENTAL_CHAINS: readonly Chain[] = [
  { candidate: L7_KERNEL_NAME, baseline: "no-policy" },
  { candidate: L7_KERNEL_NAME, baseline: "l7" },
];

/**
 * The scenario of that name: from the catalogue, the cluster's own and the experimental roads, `l7-kernel@<action>`, or a
 * road of the catalogue that has a proxy through another Envoy: `l7@<envoy version>`, `l7-tls@<envoy version>` …
 * @throws Fault (usage) that names the nearest word.
 */
export function scenarioByName(name: string): Scenario {
  const known = [...CATALOGUE, ...CLUSTER_CATALOGUE, ...EXPERIMENTAL_CATALOGUE];
  const found = known.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  if (name.startsWith(L7_KERNEL_NAME)) return kernelScenarioOf(name);
  const [road = "", version] = name.split("@", 2);
  const original = CATALOGUE.find((scenario) => scenario.name === road);
  if (version === undefined || original === undefined) throw unknownScenario(name, known);
  if (original.road.proxy.kind === "none") throw noEnvoy(name, road);
  if (!ENVOY_VERSION.test(version)) throw noVersion(name, road);
  return throughEnvoy(original, version);
}

function noEnvoy(name: string, road: string): Fault {
  return new Fault({
    fact: `"${name}" names an Envoy, and the road "${road}" leads through none`,
    expected: `one of ${CATALOGUE.filter(({ road: { proxy } }) => proxy.kind !== "none")
      .map((scenario) => scenario.name)
      .join(", ")} before the @`,
    try: "tollgate scenarios list",
    exitCode: EXIT.usage,
  });
}

function noVersion(name: string, road: string): Fault {
  return new Fault({
    fact: `"${name}" names no Envoy version`,
    expected: `${road}@ and a full version, as in ${road}@1.36.4`,
    try: "tollgate scenarios list",
    exitCode: EXIT.usage,
  });
}

function unknownScenario(wanted: string, scenarios: readonly Scenario[]): Fault {
  const known = scenarios.map(({ name }) => name);
  const nearest = nearestWord(wanted, known);
  return new Fault({
    fact: `there is no scenario "${wanted}"`,
    expected: `one of ${known.join(", ")}, or l7@<envoy version>`,
    try: nearest === null ? "tollgate scenarios list" : `did you mean "${nearest}"?`,
    exitCode: EXIT.usage,
  });
}

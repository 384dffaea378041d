/**
 * What `tollgate scenarios list` and `show` print: the catalogue as a table, and one road as a page. Within 100 columns.
 */
import { PAYMENTS_METHODS } from "../../proto/payments.js";
import { wrapped, type Paint } from "../../reports/paint.js";
import { accessOf, methodsAllowedToNobody } from "../../scenarios/access-policy.js";
import { CATALOGUE, CLUSTER_CATALOGUE, EXPERIMENTAL_CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import { throughEnvoy } from "../../scenarios/envoy-arms.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import type { AccessPolicy, PathPromise, Road, Scenario } from "../../scenarios/scenario.js";

const NONE = "–";

export function listPage(paint: Paint): string {
  const preview: Scenario = { ...throughEnvoy(scenarioByName("l7"), "VERSION"), differs: "another Envoy version" };
  const cells = [...CATALOGUE, preview, ...CLUSTER_CATALOGUE, ...EXPERIMENTAL_CATALOGUE].map(row);
  const widths = HEADS.map((head, column) => Math.max(head.length, ...cells.map((cell) => cell[column]?.length ?? 0)));
  const line = (cell: readonly string[]): string =>
    cell
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const table = cells.map(line);
  const standing = CATALOGUE.length + 1;
  return [
    paint("dim", line(HEADS)),
    ...table.slice(0, standing).map((text, index) => (isTwin(CATALOGUE[index]) ? paint("dim", text) : text)),
    "",
    paint("dim", "in a cluster only"),
    ...table.slice(standing, standing + CLUSTER_CATALOGUE.length),
    "",
    paint("dim", "experimental, in the lab only: tollgate run --roads +l7-kernel"),
    ...table.slice(standing + CLUSTER_CATALOGUE.length),
    "",
    "tollgate scenarios show l7                  its question, its promised path, who may call what",
    "tollgate scenarios render l7                its CiliumNetworkPolicy",
    "tollgate scenarios render l7 --target lab   its policy map, redirect and Envoy configuration",
    "",
    "Every road with an Envoy takes another one behind an @: l4-proxy@1.36.4, l7-tls@1.37.0.",
    "tollgate run --envoy 1.36.4 --envoy 1.37.0  two Envoys against each other on every such road",
    "",
  ].join("\n");
}

function isTwin(scenario: Scenario | undefined): boolean {
  return scenario !== undefined && scenario.twinOf !== null;
}

const HEADS = ["road", "against", "policy", "Envoy", "TLS", "what differs"];

const POLICY_WORDS: Readonly<Record<Road["policy"], string>> = { none: NONE, l4: "eBPF", "l7-kernel": "eBPF, L7" };

function row({ name, baseline, road, differs }: Scenario): string[] {
  return [name, baseline ?? NONE, POLICY_WORDS[road.policy], proxyWord(road), tlsWord(road), differs];
}

function proxyWord({ proxy }: Road): string {
  switch (proxy.kind) {
    case "none":
      return NONE;
    case "tcp":
      return "passes bytes";
    case "http":
      return proxy.access === null ? "reads HTTP/2" : "judges methods";
  }
}

function tlsWord({ tls }: Road): string {
  return { none: NONE, "end-to-end": "client to server", intercepted: "off and on again" }[tls];
}

export function showPage(scenario: Scenario, paint: Paint): string {
  const { name, question, baseline, differs, road, promise } = scenario;
  const access = accessOf(road);
  const facts: [string, string][] = [
    ["road", stations(road)],
    ["against", baseline === null ? "nothing: it is the floor" : `${baseline}; what differs: ${differs}`],
    ["judged", promise.judged ? "by the eBPF policy program, every packet" : "by nobody"],
    ["proxied", PROXIED[promise.proxied]],
    ["handshakes", HANDSHAKES[promise.handshakes]],
    ["refused", REFUSED[promise.refusal]],
    ["in Cilium", ciliumWord(road)],
  ];
  return [
    paint("bold", name),
    ...wrapped(question, 96).map((text) => `  ${text}`),
    "",
    ...facts.map(([label, text]) => `  ${paint("dim", label.padEnd(11))} ${text}`),
    ...(access === null ? [] : ["", ...callers(access, paint)]),
    "",
    ...(CLUSTER_CATALOGUE.includes(scenario) ? [] : [`  tollgate scenarios render ${name} --target lab`]),
    ...(road.proxy.kind === "tcp" || isExperimental(road)
      ? []
      : [`  tollgate scenarios render ${name} --target cilium --cilium 1.20`]),
    "",
  ].join("\n");
}

const PROXIED: Readonly<Record<PathPromise["proxied"], string>> = {
  none: "never: Envoy's counters stand still",
  tcp: "every connection, by Envoy as a TCP proxy",
  http: "every call, counted by Envoy one by one",
};
const HANDSHAKES: Readonly<Record<PathPromise["handshakes"], string>> = {
  none: "none",
  server: "one per connection, with the server",
  "proxy-and-server": "one with Envoy and one with the server",
};
const REFUSED: Readonly<Record<PathPromise["refusal"], string>> = {
  none: "nothing is",
  silence: "by silence: a stranger's packets are dropped",
  PERMISSION_DENIED: "with PERMISSION_DENIED, at once",
  UNAVAILABLE: "with UNAVAILABLE, by a reset that ends every call of the connection",
  UNIMPLEMENTED: "with UNIMPLEMENTED, by the server, which is sent another path",
};

function ciliumWord({ policy, proxy, enforcedAt }: Road): string {
  if (proxy.kind === "tcp") return "not possible by policy: a road of the lab alone";
  if (policy === "none") return "no policy at all";
  if (policy === "l7-kernel") return "not possible: an experiment of the lab alone (docs/l7-kernel.md)";
  return enforcedAt === "caller" ? "one egress policy on each caller" : "one ingress policy on the server";
}

const STATIONS_OF: Readonly<Record<Road["policy"], readonly string[]>> = {
  none: [],
  l4: ["eBPF policy"],
  "l7-kernel": ["eBPF (HTTP/2, rules)"],
};

function stations({ policy, proxy, tls }: Road): string {
  const line = tls === "none" ? "──" : "══";
  const middle = [...STATIONS_OF[policy], ...(proxy.kind === "none" ? [] : [envoyStation(proxy)])];
  const legend = tls === "none" ? "" : "   (══ TLS)";
  return `${["caller", ...middle, "server"].join(` ${line} `)}${legend}`;
}

function envoyStation(proxy: Exclude<Road["proxy"], { kind: "none" }>): string {
  const version = proxy.envoy === undefined || proxy.envoy === null ? "" : ` ${proxy.envoy}`;
  if (proxy.kind === "tcp") return `Envoy${version} (TCP)`;
  return `Envoy${version} (HTTP/2${proxy.access === null ? "" : ", rules"})`;
}

function callers(access: AccessPolicy, paint: Paint): string[] {
  const nobody = methodsAllowedToNobody(access);
  const rows = [
    ...access.rules.map(({ caller, methods }) => [caller, methods.join(", ")] as const),
    ["nobody", nobody.length === 0 ? NONE : nobody.join(", ")] as const,
  ];
  const width = Math.max(...rows.map(([caller]) => caller.length));
  return [
    `  ${paint("dim", `who may call which of the ${PAYMENTS_METHODS.length} methods`)}`,
    ...rows.map(([caller, methods]) => `    ${caller.padEnd(width)}  ${methods}`),
  ];
}

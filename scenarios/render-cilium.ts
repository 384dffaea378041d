/**
 * A scenario as the Cilium manifests that make its road in a cluster, in the one form that works from 1.14 to 1.20:
 * `rules.http` with POST and an anchored, escaped path; `protocol: TCP` written out (ANY with L7 rules is refused by the
 * agent); both TLS contexts with `secret.namespace`; a DNS rule beside every egress rule, since an egress policy denies
 * everything else. Exactly one road's policies may select a pod: an L4 allow for the same peer and port would win over
 * the L7 rules and let every method through.
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import type { CallerName } from "../loadgen/load-plan.js";
import { PAYMENTS_PORT, PAYMENTS_SERVICE } from "../proto/payments.js";
import { fillerMethods, PAYMENTS_ACCESS } from "./access-policy.js";
import type { CiliumRelease } from "./cilium-releases.js";
import { releaseWarnings } from "./cilium-warnings.js";
import { isExperimental } from "./l7-kernel.js";
import { methodsRegex } from "./path-regex.js";
import type { Scenario } from "./scenario.js";
import { writeYaml } from "./yaml.js";

export interface CiliumTarget {
  readonly release: CiliumRelease;
  readonly namespace: string;
  /** Labels that this road's pods carry beside `app`, so that roads can stand side by side. */
  readonly podLabels: Labels;
  /** Labels on the policies themselves. */
  readonly policyLabels: Labels;
  /** Connections of the load machinery that the road's policies must leave open. */
  readonly openings: readonly Opening[];
  /** Where policies find their certificates; default: beside the policies, under the names below. */
  readonly secretPlace?: SecretPlace;
}
/** A namespace, and what the names of Secrets in it begin with. */
export interface SecretPlace {
  readonly namespace: string;
  readonly prefix: string;
}
export interface Opening {
  readonly matchLabels: Labels;
  readonly port: number;
}
export type Labels = Readonly<Record<string, string>>;

export interface CiliumRendering {
  /** Empty for roads that are made by applying no policy. */
  readonly policies: readonly CiliumNetworkPolicy[];
  readonly secrets: readonly NeededSecret[];
  /** What this release cannot do, or does differently, on this road. */
  readonly warnings: readonly string[];
}

/** A Secret that must exist before the policy is applied; nothing tells when it is missing, the endpoint just hangs. */
export interface NeededSecret {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
}

export interface CiliumNetworkPolicy {
  readonly apiVersion: "cilium.io/v2";
  readonly kind: "CiliumNetworkPolicy";
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Labels };
  readonly spec: PolicySpec;
}
interface PolicySpec {
  readonly endpointSelector: Selector;
  readonly ingress?: readonly (ToPorts & { readonly fromEndpoints: readonly Selector[] })[];
  readonly egress?: readonly (ToPorts & { readonly toEndpoints: readonly Selector[] })[];
}
interface ToPorts {
  readonly toPorts: readonly PortRule[];
}
interface PortRule {
  readonly ports: readonly { readonly port: string; readonly protocol: "TCP" | "ANY" }[];
  readonly terminatingTLS?: TlsContext;
  readonly originatingTLS?: TlsContext;
  readonly rules?: { readonly http: readonly { readonly method?: string; readonly path?: string }[] };
}
interface TlsContext {
  readonly secret: { readonly namespace: string; readonly name: string };
}
interface Selector {
  readonly matchLabels: Labels;
}

/** Certificate and key that Envoy shows to callers. `ca.crt` beside them makes Envoy ask for client certificates ≤ 1.15. */
export const INTERCEPT_SECRET = { name: "payments-intercept-tls", keys: ["tls.crt", "tls.key"] } as const;
/** The CA that Envoy trusts towards the server; a client certificate in it would never be presented. */
export const UPSTREAM_CA_SECRET = { name: "payments-upstream-ca", keys: ["ca.crt"] } as const;

export const SERVER_APP = "payments-service";

/**
 * The manifests of a road.
 * @throws Fault (usage) for a road that no CiliumNetworkPolicy can make.
 */
export function renderCilium(scenario: Scenario, target: CiliumTarget): CiliumRendering {
  if (scenario.road.proxy.kind === "tcp") throw noPlainTcpProxy(scenario);
  if (isExperimental(scenario.road)) throw notInCilium(scenario);
  const warnings = releaseWarnings(scenario, target.release);
  if (scenario.road.policy === "none") return { policies: [], secrets: [], warnings };
  const policies =
    scenario.road.enforcedAt === "caller" ? egressPolicies(scenario, target) : [ingressPolicy(scenario, target)];
  return { policies, secrets: neededSecrets(scenario, target), warnings };
}

/** The rendering as one YAML text, headed by what it is for and what it needs. */
export function ciliumYaml(scenario: Scenario, target: CiliumTarget): string {
  const { policies, secrets } = renderCilium(scenario, target);
  const head = [`tollgate scenario ${scenario.name}: ${scenario.question}`];
  if (policies.length === 0) {
    head.push("Nothing to apply: this road is open while no policy at all selects its pods.");
  } else {
    head.push("No other policy may select these pods: an L4 allow for the same peer and port wins over L7 rules.");
    head.push("Open new connections afterwards: established ones may keep the old path, or hang.");
  }
  for (const { namespace, name, keys } of secrets) {
    head.push(`Needs the Secret ${namespace}/${name} with ${keys.join(" and ")}, nothing else in it.`);
  }
  return writeYaml(policies, head.join("\n"));
}

function ingressPolicy(scenario: Scenario, target: CiliumTarget): CiliumNetworkPolicy {
  const rules = callerRules(scenario).map(({ callers, methodGroups }) => ({
    fromEndpoints: callers.map((caller) => selector(caller, target)),
    toPorts: [portRule(scenario, methodGroups, target)],
  }));
  const openings = target.openings.map(({ matchLabels, port }) => ({
    fromEndpoints: [{ matchLabels }],
    toPorts: [{ ports: [tcp(port)] }],
  }));
  return policy(`payments-${objectName(scenario)}`, target, {
    endpointSelector: selector(SERVER_APP, target),
    ingress: [...rules, ...openings],
  });
}

/** One policy per caller: each may send to the server what the access policy allows it, resolve names, nothing else. */
function egressPolicies(scenario: Scenario, target: CiliumTarget): CiliumNetworkPolicy[] {
  return callerRules(scenario).flatMap(({ callers, methodGroups }) =>
    callers.map((caller) =>
      policy(`${caller}-${objectName(scenario)}`, target, {
        endpointSelector: selector(caller, target),
        egress: [
          {
            toEndpoints: [selector(SERVER_APP, target)],
            toPorts: [portRule(scenario, methodGroups, target)],
          },
          { toEndpoints: [DNS_PODS], toPorts: [{ ports: [{ port: "53", protocol: "ANY" }] }] },
          ...target.openings.map(({ matchLabels, port }) => ({
            toEndpoints: [{ matchLabels }],
            toPorts: [{ ports: [tcp(port)] }],
          })),
        ],
      }),
    ),
  );
}

const DNS_PODS: Selector = {
  matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" },
};

/** Which callers share a rule: all of them where methods are not judged, else one rule per caller. */
interface CallerRule {
  readonly callers: readonly CallerName[];
  /** One HTTP rule per group of methods; null: every method. */
  readonly methodGroups: readonly (readonly string[])[] | null;
}

function callerRules(scenario: Scenario): readonly CallerRule[] {
  const { proxy } = scenario.road;
  const access = proxy.kind === "http" ? proxy.access : null;
  if (access === null) return [{ callers: PAYMENTS_ACCESS.rules.map(({ caller }) => caller), methodGroups: null }];
  const fillers = fillerMethods(access).map((method) => [method]);
  return access.rules.map(({ caller, methods }) => ({ callers: [caller], methodGroups: [...fillers, methods] }));
}

function portRule(scenario: Scenario, groups: CallerRule["methodGroups"], target: CiliumTarget): PortRule {
  const { proxy, tls } = scenario.road;
  const context = (name: string): TlsContext => ({ secret: secretAt(name, target) });
  return {
    ports: [tcp(PAYMENTS_PORT)],
    ...(tls === "intercepted"
      ? { terminatingTLS: context(INTERCEPT_SECRET.name), originatingTLS: context(UPSTREAM_CA_SECRET.name) }
      : {}),
    ...(proxy.kind === "http" ? { rules: { http: groups?.map(methodsRule) ?? [{}] } } : {}),
  };
}

function methodsRule(methods: readonly string[]): { readonly method: string; readonly path: string } {
  return { method: "POST", path: methodsRegex(PAYMENTS_SERVICE, methods) };
}

function neededSecrets(scenario: Scenario, target: CiliumTarget): readonly NeededSecret[] {
  if (scenario.road.tls !== "intercepted") return [];
  return [INTERCEPT_SECRET, UPSTREAM_CA_SECRET].map(({ name, keys }) => ({ ...secretAt(name, target), keys }));
}

function secretAt(
  name: string,
  { namespace, secretPlace = { namespace, prefix: "" } }: CiliumTarget,
): TlsContext["secret"] {
  return { namespace: secretPlace.namespace, name: `${secretPlace.prefix}${name}` };
}

function policy(name: string, target: CiliumTarget, spec: PolicySpec): CiliumNetworkPolicy {
  const { namespace, policyLabels } = target;
  const labels = Object.keys(policyLabels).length === 0 ? {} : { labels: policyLabels };
  return { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name, namespace, ...labels }, spec };
}

function selector(app: string, target: CiliumTarget): Selector {
  return { matchLabels: { app, ...target.podLabels } };
}

function tcp(port: number): { readonly port: string; readonly protocol: "TCP" } {
  return { port: String(port), protocol: "TCP" };
}

/** `l7@1.36.4` is no object name in Kubernetes, `l7-1.36.4` is. */
function objectName(scenario: Scenario): string {
  return scenario.name.replaceAll(/[^a-z0-9.-]/g, "-");
}

function noPlainTcpProxy(scenario: Scenario): Fault {
  return new Fault({
    fact: `the road "${scenario.name}" has no form in Cilium`,
    expected: "a policy that sends plaintext through Envoy without parsing it",
    seen: "Cilium redirects to Envoy only for HTTP rules, TLS contexts and server names",
    so: "this road exists in the lab alone",
    try: `tollgate scenarios render ${scenario.name} --target lab`,
    exitCode: EXIT.usage,
  });
}

function notInCilium(scenario: Scenario): Fault {
  return new Fault({
    fact: `the road "${scenario.name}" has no form in Cilium`,
    expected: "a policy whose methods Cilium judges in the kernel",
    seen: "Cilium judges methods in Envoy, whatever the rule",
    so: "this road is an experiment of the lab alone",
    try: "tollgate scenarios render l7 --target cilium",
    exitCode: EXIT.usage,
  });
}

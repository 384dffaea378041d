/**
 * The fields a Cilium policy may have, with their types and the releases that know them: Cilium's CRDs of 1.14 to 1.20
 * read into the project's own table (facts of the API; a test holds it against the CRDs themselves).
 */
import type { CiliumMinor } from "../cilium-releases.js";

export type Shape =
  | { readonly kind: "map"; readonly fields: Readonly<Record<string, Field>> }
  | { readonly kind: "list"; readonly of: Shape }
  /** Free keys with text values: labels. */
  | { readonly kind: "labels" }
  | { readonly kind: "word"; readonly words: readonly string[] }
  | { readonly kind: "text" | "number" | "boolean" | "number-or-text" | "anything" };

export interface Field {
  readonly shape: Shape;
  readonly required?: boolean;
  /** First minor whose CRD has it; not said: all have. */
  readonly since?: CiliumMinor;
  /** First minor that has it no more. */
  readonly until?: CiliumMinor;
}

const TEXT: Field = { shape: { kind: "text" } };
const NUMBER: Field = { shape: { kind: "number" } };
const BOOLEAN: Field = { shape: { kind: "boolean" } };
const REQUIRED_TEXT: Field = { ...TEXT, required: true };

function map(fields: Readonly<Record<string, Field>>): Field {
  return { shape: { kind: "map", fields } };
}
function list(of: Field): Field {
  return { shape: { kind: "list", of: of.shape } };
}
function word(...words: readonly string[]): Field {
  return { shape: { kind: "word", words } };
}
function since(minor: CiliumMinor, field: Field): Field {
  return { ...field, since: minor };
}
function until(minor: CiliumMinor, field: Field): Field {
  return { ...field, until: minor };
}
function required(field: Field): Field {
  return { ...field, required: true };
}

const SELECTOR = map({
  matchLabels: { shape: { kind: "labels" } },
  matchExpressions: list(
    map({
      key: REQUIRED_TEXT,
      operator: required(word("In", "NotIn", "Exists", "DoesNotExist")),
      values: list(TEXT),
    }),
  ),
});

const SECRET = map({ name: REQUIRED_TEXT, namespace: TEXT });
const TLS_CONTEXT = map({ secret: required(SECRET), trustedCA: TEXT, certificate: TEXT, privateKey: TEXT });

/** VRRP, IGMP since 1.18, the tunnels' since 1.20: L4 only, so older releases are not told apart here. */
const PROTOCOL = word("TCP", "UDP", "SCTP", "ANY", "VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH");
const PORTS = list(map({ port: TEXT, endPort: since("1.16", NUMBER), protocol: PROTOCOL }));

const HTTP = map({
  method: TEXT,
  path: TEXT,
  host: TEXT,
  headers: list(TEXT),
  headerMatches: list(
    map({ name: REQUIRED_TEXT, value: TEXT, secret: SECRET, mismatch: word("LOG", "ADD", "DELETE", "REPLACE") }),
  ),
});
const KAFKA = map({ apiKey: TEXT, apiVersion: TEXT, clientID: TEXT, role: word("produce", "consume"), topic: TEXT });
const NAME_PATTERN = map({ matchName: TEXT, matchPattern: TEXT });

const TO_PORTS = list(
  map({
    ports: PORTS,
    rules: map({
      http: list(HTTP),
      dns: list(NAME_PATTERN),
      kafka: until("1.20", list(KAFKA)),
      l7proto: until("1.20", TEXT),
      l7: until("1.20", list({ shape: { kind: "labels" } })),
    }),
    terminatingTLS: TLS_CONTEXT,
    originatingTLS: TLS_CONTEXT,
    serverNames: list(TEXT),
    listener: map({
      envoyConfig: required(
        map({ kind: word("CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"), name: REQUIRED_TEXT }),
      ),
      name: REQUIRED_TEXT,
      priority: since("1.16", NUMBER),
    }),
  }),
);
/** Deny rules know no L7. */
const DENY_TO_PORTS = list(map({ ports: PORTS }));

const CIDR_SET = list(
  map({ cidr: TEXT, except: list(TEXT), cidrGroupRef: TEXT, cidrGroupSelector: since("1.17", SELECTOR) }),
);
const ENTITIES = list(
  word(
    "all",
    "world",
    "cluster",
    "host",
    "init",
    "ingress",
    "unmanaged",
    "remote-node",
    "health",
    "none",
    "kube-apiserver",
  ),
);
const GROUPS = list(
  map({
    aws: map({
      labels: { shape: { kind: "labels" } },
      region: TEXT,
      securityGroupsIds: list(TEXT),
      securityGroupsNames: list(TEXT),
    }),
  }),
);
const ICMPS = list(
  map({
    fields: list(map({ family: word("IPv4", "IPv6"), type: { shape: { kind: "number-or-text" }, required: true } })),
  }),
);
const AUTHENTICATION = map({ mode: required(word("disabled", "required", "test-always-fail")) });

const FROM = {
  fromEndpoints: list(SELECTOR),
  fromRequires: until("1.19", list(SELECTOR)),
  fromCIDR: list(TEXT),
  fromCIDRSet: CIDR_SET,
  fromEntities: ENTITIES,
  fromGroups: since("1.16", GROUPS),
  fromNodes: since("1.16", list(SELECTOR)),
  icmps: ICMPS,
};
const TO = {
  toEndpoints: list(SELECTOR),
  toRequires: until("1.19", list(SELECTOR)),
  toCIDR: list(TEXT),
  toCIDRSet: CIDR_SET,
  toEntities: ENTITIES,
  toServices: list(
    map({
      k8sService: map({ namespace: TEXT, serviceName: TEXT }),
      k8sServiceSelector: map({ namespace: TEXT, selector: required(SELECTOR) }),
    }),
  ),
  toGroups: GROUPS,
  toNodes: since("1.16", list(SELECTOR)),
  icmps: ICMPS,
};

export const SPEC_FIELDS: Field = map({
  description: TEXT,
  labels: list(map({ key: REQUIRED_TEXT, value: TEXT, source: TEXT })),
  endpointSelector: SELECTOR,
  nodeSelector: SELECTOR,
  enableDefaultDeny: since("1.16", map({ ingress: BOOLEAN, egress: BOOLEAN })),
  log: since("1.18", map({ value: TEXT })),
  ingress: list(map({ ...FROM, authentication: AUTHENTICATION, toPorts: TO_PORTS })),
  egress: list(map({ ...TO, toFQDNs: list(NAME_PATTERN), authentication: AUTHENTICATION, toPorts: TO_PORTS })),
  ingressDeny: list(map({ ...FROM, toPorts: DENY_TO_PORTS })),
  egressDeny: list(map({ ...TO, toPorts: DENY_TO_PORTS })),
});

export const POLICY_FIELDS: Field = map({
  apiVersion: REQUIRED_TEXT,
  kind: REQUIRED_TEXT,
  metadata: { shape: { kind: "anything" } },
  spec: SPEC_FIELDS,
  specs: list(SPEC_FIELDS),
  status: { shape: { kind: "anything" } },
});

/** What people write who come from a NetworkPolicy, an Istio policy or an older Cilium. */
export const COMMON_SLIPS: Readonly<Record<string, string>> = {
  podSelector: "endpointSelector",
  selector: "endpointSelector",
  from: "fromEndpoints",
  to: "toEndpoints",
  policyTypes: "ingress and egress, each with its rules",
  namespaceSelector: "matchLabels with k8s:io.kubernetes.pod.namespace",
  paths: "path, one rule for each or one regex for all",
  methods: "method",
  grpc: "http with method POST and path /package.Service/Method",
  tls: "terminatingTLS and originatingTLS",
};

/** Ports and protocols: what L7 rules need, and what no port can be. */
import type { Remark } from "./finding.js";
import { weightBefore, type LintContext, type LintRule } from "./lint-context.js";
import { portRules, type PortEntry, type PortRule } from "./policy-document.js";
import { entry, keyPlace } from "./yaml-access.js";

export const portsRule: LintRule = (policy, context) =>
  portRules(policy).flatMap((rule) => [
    ...howMany(rule),
    ...rule.ports.flatMap((port) => [
      ...portNumber(rule, port),
      ...portRange(rule, port, context),
      ...(judgesHttp(rule) ? protocol(port) : []),
    ]),
  ]);

/** The CRD's bound since 1.16, the agent's before. */
const MOST_PORTS = 40;

function judgesHttp({ l7 }: PortRule): boolean {
  return l7 !== null && ["http", "l7proto", "l7", "kafka"].some((kind) => entry(l7, kind) !== undefined);
}

function howMany(rule: PortRule): Remark[] {
  if (rule.ports.length > MOST_PORTS) {
    return [
      {
        at: keyPlace(rule.node, "ports"),
        severity: "error",
        rule: "too-many-ports",
        message: `${rule.ports.length} ports in one entry, ${MOST_PORTS} are allowed`,
        remedy: "split the entry, or use endPort for a range",
      },
    ];
  }
  const listed = entry(rule.node, "ports")?.value;
  const none = listed === undefined || (listed.kind === "list" && listed.items.length === 0);
  if (!none || rule.l7 === null) return [];
  return [
    {
      at: rule.node.at,
      severity: "error",
      rule: "port-missing",
      message: "L7 rules without a port",
      remedy: 'add ports: [{port: "50051", protocol: TCP}]',
    },
  ];
}

function portNumber({ l7 }: PortRule, { node, port }: PortEntry): Remark[] {
  const at = entry(node, "port")?.value.at ?? node.at;
  if (port === null) {
    return [
      {
        at,
        severity: "error",
        rule: "port-missing",
        message: "an entry of ports without a port",
        remedy: 'add port: "50051"',
      },
    ];
  }
  if (!/^\d+$/.test(port)) return [];
  if (Number(port) > 65_535) {
    return [{ at, severity: "error", rule: "port-range", message: `${port} is no port`, remedy: "ports end at 65535" }];
  }
  if (Number(port) !== 0 || l7 === null) return [];
  return [
    {
      at,
      severity: "error",
      rule: "port-zero",
      message: "port 0 means every port, which L7 rules cannot judge: the agent refuses the whole policy",
      remedy: "name the port of the gRPC server",
    },
  ];
}

function portRange({ l7 }: PortRule, { node, port, endPort }: PortEntry, context: LintContext): Remark[] {
  if (endPort === null) return [];
  const at = keyPlace(node, "endPort");
  if (port !== null && /^\d+$/.test(port) && endPort < Number(port)) {
    return [
      {
        at,
        severity: "error",
        rule: "port-range",
        message: `the range ends at ${endPort}, before it begins at ${port}`,
        remedy: "let endPort be the higher of the two",
      },
    ];
  }
  const weight = l7 === null ? null : weightBefore(context, "1.17", "info");
  if (weight === null) return [];
  return [
    {
      at,
      severity: weight,
      rule: "l7-port-range",
      message: "port ranges with L7 rules exist since Cilium 1.17",
      remedy: "list the ports one by one for older releases",
    },
  ];
}

function protocol({ node, protocol: written }: PortEntry): Remark[] {
  if (written === "TCP") return [];
  return [
    {
      at: keyPlace(node, written === null ? "port" : "protocol"),
      severity: "error",
      rule: "protocol",
      message:
        written === null
          ? "no protocol means ANY: the agent refuses the whole policy (L7 rules can only apply to TCP)"
          : `L7 rules can only apply to TCP, not to ${written}: the agent refuses the whole policy`,
      remedy: "write protocol: TCP",
    },
  ];
}

import { describe, expect, test } from "vitest";
import type { CiliumNetworkPolicy } from "../../scenarios/render-cilium.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { KubeObject } from "./kube-object.js";
import { namespaceObject, placedSecrets, policyObjects, runObjects } from "./manifests.js";
import { somePlan } from "./run-plan.test-helper.js";

interface PodTemplate {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly securityContext: Readonly<Record<string, unknown>>;
    readonly containers: readonly Readonly<Record<string, unknown>>[];
    readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
  };
}

const plan = somePlan();
const objects = runObjects(plan);

function podsOf(all: readonly KubeObject[]): PodTemplate[] {
  return all.flatMap((object): PodTemplate[] => {
    const { kind, metadata } = object;
    const own = { name: metadata.name, labels: metadata.labels ?? {}, spec: object["spec"] as PodTemplate["spec"] };
    if (kind === "Pod") return [own];
    if (kind !== "Job") return [];
    const { template } = object["spec"] as {
      template: { metadata: { labels: Record<string, string> }; spec: PodTemplate["spec"] };
    };
    return [{ name: metadata.name, labels: template.metadata.labels, spec: template.spec }];
  });
}

const pods = podsOf(objects);
const policies = plan.scenarios.flatMap((scenario) =>
  policyObjects(plan, scenario),
) as unknown as CiliumNetworkPolicy[];

describe("what a run makes", () => {
  test("carries our label and the run's id, all of it", () => {
    for (const { kind, metadata } of [namespaceObject(plan), ...objects]) {
      expect(metadata.labels, `${kind} ${metadata.name}`).toMatchObject({
        "app.kubernetes.io/managed-by": "tollgate",
        "tollgate.dev/run": "3f9c01ab",
      });
    }
  });

  test("is one server, one Service and two callers for each road, and one driver", () => {
    const count = (wanted: string): number => objects.filter(({ kind }) => kind === wanted).length;
    const roads = plan.scenarios.length;
    expect([count("Service"), count("Job"), count("Pod")]).toEqual([roads, 2 * roads, roads + 1]);
  });

  test("passes pod security 'restricted': no root, no capability, no privilege, the runtime's seccomp profile", () => {
    expect(namespaceObject(plan).metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    for (const { name, spec } of pods) {
      expect(spec.securityContext, name).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(spec.containers[0], name).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
    }
  });

  test("has no kubelet probe, which a proxied road would count with the calls, and no limit on CPU", () => {
    for (const { name, spec } of pods) {
      const [container] = spec.containers;
      for (const probe of ["readinessProbe", "livenessProbe", "startupProbe"])
        expect(container, name).not.toHaveProperty(probe);
      expect(container?.["resources"], name).toEqual({
        requests: { cpu: "20m", memory: "64Mi" },
        limits: { memory: "512Mi" },
      });
    }
  });

  test("is placed: servers on their node, everything that calls on the other", () => {
    for (const { name, labels, spec } of pods) {
      const node = labels["tollgate.dev/role"] === "server" ? "node1" : "node2";
      expect(spec.nodeSelector, name).toEqual({ "kubernetes.io/hostname": node });
    }
  });

  test("ends for good when it ends well, which each pod does that is left alone for a quarter of an hour", () => {
    for (const { name, spec } of pods) {
      expect(spec, name).toMatchObject({ restartPolicy: "OnFailure" });
      expect((spec.containers[0]?.["command"] as string[]).at(-1), name).toBe("900");
    }
  });

  test("gives each TLS server its certificate, and no other pod", () => {
    const withKey = pods.filter(({ spec }) => spec.volumes.some(({ secret }) => secret !== undefined));
    expect(withKey.map(({ name }) => name)).toEqual(["payments-tls", "payments-l7-tls", "payments-l7-tls-ingress"]);
  });

  test("holds no certificate at all when no road has TLS", () => {
    const plain = runObjects(somePlan({ scenarios: [scenarioByName("no-policy"), scenarioByName("l7")] }));
    const secrets = plain.filter(({ kind }) => kind === "Secret").map(({ metadata }) => metadata.name);
    expect(secrets).toEqual(["tollgate-token"]);
  });

  test("lies in its own namespace, certificates too, where Cilium finds them there", () => {
    expect(placedSecrets(plan)).toEqual([]);
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set([plan.namespace]));
  });

  test("has the policies' certificates where Cilium reads them, under names of this run, and nothing else there", () => {
    const byHand = somePlan({ certificatesIn: "cilium-secrets" });
    const placed = placedSecrets(byHand);
    const named = placed.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(named).toEqual([
      "cilium-secrets/tollgate-3f9c01ab-payments-intercept-tls",
      "cilium-secrets/tollgate-3f9c01ab-payments-upstream-ca",
    ]);
    for (const { metadata } of placed) {
      expect(metadata.labels).toEqual({
        "app.kubernetes.io/managed-by": "tollgate",
        "tollgate.dev/run": "3f9c01ab",
        "tollgate.dev/namespace": "tollgate-3f9c01ab",
      });
    }
    const inside = runObjects(byHand).filter(({ kind }) => kind === "Secret");
    expect(inside.map(({ metadata }) => metadata.name)).toEqual(["tollgate-token", "payments-server-tls"]);
    const asked = JSON.stringify(policyObjects(byHand, scenarioByName("l7-tls"))).match(/"secret":\{[^}]*\}/g) ?? [];
    expect(new Set(asked)).toEqual(
      new Set(placed.map(({ metadata: { namespace, name } }) => `"secret":${JSON.stringify({ namespace, name })}`)),
    );
    expect(placedSecrets({ ...byHand, scenarios: [scenarioByName("l7")] })).toEqual([]);
  });
});

describe("policies", () => {
  const selects = ({ spec }: CiliumNetworkPolicy, { labels }: PodTemplate): boolean =>
    Object.entries(spec.endpointSelector.matchLabels).every(([label, value]) => labels[label] === value);

  test("of exactly one road select a pod, and at most one policy does", () => {
    for (const pod of pods) {
      const own = policies.filter((policy) => selects(policy, pod));
      expect(own.length, pod.name).toBeLessThanOrEqual(1);
      for (const policy of own) {
        expect(policy.metadata.labels?.["tollgate.dev/road"]).toBe(pod.labels["tollgate.dev/road"]);
      }
    }
  });

  test("bind the servers of ingress roads, the callers of egress roads, and nobody on open ones", () => {
    const bound = pods.filter((pod) => policies.some((policy) => selects(policy, pod))).map(({ name }) => name);
    expect(bound).toEqual([
      "payments-l4",
      "payments-l7-visibility",
      "payments-l7",
      "payments-l7-again",
      "api-gateway-l7-tls",
      "finance-batch-job-l7-tls",
      "payments-l7-tls-ingress",
    ]);
  });

  test("leave the driver's way to a bound server open, and no way to its payments port", () => {
    const l4 = policies.find(({ metadata }) => metadata.name === "payments-l4");
    expect(l4?.spec.ingress?.at(-1)).toEqual({
      fromEndpoints: [{ matchLabels: { app: "tollgate-driver", "tollgate.dev/run": "3f9c01ab" } }],
      toPorts: [{ ports: [{ port: "50052", protocol: "TCP" }] }],
    });
  });
});

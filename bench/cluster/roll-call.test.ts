import { describe, expect, test } from "vitest";
import type { Fault } from "../../loadgen/fault.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { KubeObject, Pod } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { callTheRoll } from "./roll-call.js";

const L4 = scenarioByName("l4");
const never = new AbortController().signal;

function pod(name: string, role: string, app: string, status: Partial<Pod["status"]> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app, "tollgate.dev/role": role, "tollgate.dev/road": "l4" } },
    spec: { nodeName: "n1", containers: [{ name: "tollgate", image: "node:20-slim" }] },
    status: {
      phase: "Running",
      podIP: "10.0.0.7",
      containerStatuses: [{ name: "tollgate", image: "", imageID: "", ready: true, restartCount: 0 }],
      ...status,
    },
  };
}

const PODS = [
  pod("payments-l4", "server", "payments-service"),
  pod("api-gateway-l4-0-x", "generator", "api-gateway"),
  pod("finance-batch-job-l4-0-x", "generator", "finance-batch-job"),
  pod("tollgate-driver", "driver", "tollgate-driver"),
];
const SERVICE: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "payments-l4" },
  spec: { clusterIP: "10.96.0.9" },
};

/** A cluster whose pods are, at each look, the next of these lists. */
function cluster(...looks: readonly (readonly Pod[])[]): Kubectl {
  let look = 0;
  const list = (kind: string): Promise<readonly KubeObject[]> =>
    Promise.resolve(kind === "services" ? [SERVICE] : (looks[Math.min(look++, looks.length - 1)] ?? []));
  return { list } as unknown as Kubectl;
}

const request = { run: "1", scenarios: [L4], generators: 1, withinMs: 60_000 };

async function faultOf(kubectl: Kubectl, withinMs = 0): Promise<Fault["text"]> {
  const caught: unknown = await callTheRoll(kubectl, { ...request, withinMs }, never).catch((error: unknown) => error);
  return (caught as Fault).text;
}

describe("the pods of a run", () => {
  test("are waited for until each of them runs, and named with their addresses", async () => {
    const starting = PODS.map((one, index) => (index === 1 ? { ...one, status: { phase: "Pending" as const } } : one));
    const { roads, driver } = await callTheRoll(cluster(PODS.slice(0, 2), starting, PODS), request, never);
    expect(driver).toEqual({ name: "tollgate-driver", ip: "10.0.0.7", node: "n1" });
    expect(roads[0]).toMatchObject({
      clusterIp: "10.96.0.9",
      server: { name: "payments-l4" },
      generators: [{ caller: "api-gateway" }, { caller: "finance-batch-job" }],
    });
  });

  test("that are being deleted do not count: their successors do", async () => {
    const server = pod("payments-l4", "server", "payments-service");
    const going = {
      ...server,
      metadata: { ...server.metadata, name: "old", deletionTimestamp: "2026-01-01T00:00:00Z" },
    };
    const { roads } = await callTheRoll(cluster([going, ...PODS]), request, never);
    expect(roads[0]?.server.name).toBe("payments-l4");
  });

  test("of a Job that were evicted do not count: the Job makes others", async () => {
    const evicted = pod("api-gateway-l4-0-old", "generator", "api-gateway", { phase: "Failed", reason: "Evicted" });
    const { roads } = await callTheRoll(cluster([evicted], [evicted, ...PODS]), request, never);
    expect(roads[0]?.generators.map(({ name }) => name)).toEqual(["api-gateway-l4-0-x", "finance-batch-job-l4-0-x"]);
  });

  test("that nobody makes anew end the wait when they are evicted", async () => {
    const status = { phase: "Failed" as const, reason: "Evicted", message: "The node was low on resource: memory." };
    const { fact, seen } = await faultOf(cluster([pod("payments-l4", "server", "payments-service", status)]), 60_000);
    expect(fact).toBe("pod payments-l4 cannot run");
    expect(seen).toBe("Evicted The node was low on resource: memory.");
  });

  test("that can never run end the wait at once, with the reason and the flag", async () => {
    const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "node:99"' };
    const status = [{ name: "tollgate", image: "", imageID: "", ready: false, restartCount: 0, state: { waiting } }];
    const broken = pod("payments-l4", "server", "payments-service", { phase: "Pending", containerStatuses: status });
    const { fact, seen, try: next } = await faultOf(cluster([broken]), 60_000);
    expect(fact).toBe("pod payments-l4 cannot run");
    expect(seen).toContain("ImagePullBackOff");
    expect(next).toContain("--image");
  });

  test("of a node that is NotReady do not run, whatever was last heard of their containers", async () => {
    const conditions = [{ type: "Ready", status: "False" as const }];
    const lost = pod("payments-l4", "server", "payments-service", { conditions });
    const text = await faultOf(cluster([lost, ...PODS.slice(1)]));
    expect(text.seen).toBe("3 of them\npayments-l4: Running, not Ready");
  });

  test("that find no room are named when the time is over, with what the scheduler says", async () => {
    const conditions = [{ type: "PodScheduled", status: "False" as const, message: "0/1 nodes: Insufficient cpu" }];
    const pending = pod("api-gateway-l4-0-x", "generator", "api-gateway", { phase: "Pending", conditions });
    const text = await faultOf(cluster([...PODS.slice(0, 1), pending]));
    expect(text.expected).toBe("4 running pods");
    expect(text.seen).toBe("1 of them\napi-gateway-l4-0-x: 0/1 nodes: Insufficient cpu");
  });
});

/** A run as tests plan it, on one node. */
import type { CiliumRelease } from "../../scenarios/cilium-releases.js";
import { standardRoads } from "../../scenarios/selection.js";
import type { RunPlan } from "./manifests.js";

export function somePlan(more: Partial<RunPlan> = {}): RunPlan {
  const release: CiliumRelease = { minor: "1.18", patch: 4 };
  const pem = { certPem: "CERT", keyPem: "KEY" };
  return {
    run: "3f9c01ab",
    namespace: "tollgate-3f9c01ab",
    release,
    image: "node:20-slim",
    scenarios: standardRoads("cluster"),
    generators: 2,
    nodes: { server: "node1", caller: "node2" },
    tolerations: [],
    token: "secret token",
    certificatesIn: more.namespace ?? "tollgate-3f9c01ab",
    certificates: { interceptionCaPem: "INTERCEPTION CA", serverCaPem: "SERVER CA", intercept: pem, server: pem },
    program: { program: "console.log(1)", proto: "syntax", packageJson: "{}" },
    ...more,
  };
}

/**
 * Takes down what a cluster answers to the readers of bench/cluster, for the tests: scripts/record-cluster.mjs brings the
 * testbed into one state after the other and runs this in each. Contributors only; not part of the command.
 *
 *   node dist/bench/cluster/testing/record-main.js NAME STATE     in the cluster of KUBECONFIG's current context
 *   node dist/bench/cluster/testing/record-main.js failures STATE the same, with the contexts that the script prepares
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../proto/package-root.js";
import { CILIUM_NAMESPACE, findCilium } from "../cilium-install.js";
import { askAgentOnce } from "../cilium-agent.js";
import { readEndpoint, readEndpoints, readPolicyRevision } from "../cilium-endpoints.js";
import { readPolicyMap } from "../cilium-policy-map.js";
import { readStatus } from "../cilium-status.js";
import { readEnvoyMetrics } from "../envoy-metrics.js";
import type { Kubectl } from "../kubectl.js";
import { currentContext, openKubectl } from "../kubectl-command.js";
import { examineCluster } from "../../doctor/cluster-checks.js";
import { runCommand } from "../../shell.js";
import { provokeFailures } from "./provoke-failures.js";
import { recording, type RecordedAnswer } from "./recording.js";
import { RECORDED_NAMESPACE } from "./scripted-kubectl.js";

const [name = "", state = ""] = process.argv.slice(2);
const answers: RecordedAnswer[] = [];
const run = recording(runCommand, answers, scrub);
const env = process.env;

if (name === "failures") {
  const open = (context: string, namespace: string): Kubectl => openKubectl({ context, namespace, env, run });
  const causes = await provokeFailures(open, await currentContext(env));
  write({ state, answers: answers.map((answer, index) => ({ cause: causes[index] ?? "other", ...answer })) });
} else {
  const context = await currentContext(env);
  await readEverything(openKubectl({ context, namespace: RECORDED_NAMESPACE, env, run }));
  write({ state, answers: withoutRepeats(answers) });
}

/** Every question that a reader of bench/cluster has. */
async function readEverything(kubectl: Kubectl): Promise<void> {
  const wish = { ciliumNamespace: CILIUM_NAMESPACE, image: "tollgate.test/node:1" };
  await examineCluster(kubectl, wish);
  await kubectl.list("pods");
  await kubectl.list("ciliumendpoints.cilium.io");
  const { agents, envoys, envoyMetricsPort: port } = await findCilium(kubectl);
  const node = agents[0]?.node ?? "";
  await kubectl.raw(`/api/v1/nodes/${node}/proxy/stats/summary`);
  const [envoy] = envoys;
  if (envoy !== undefined && port !== null) {
    await readEnvoyMetrics(kubectl, { pod: envoy.pod, namespace: CILIUM_NAMESPACE, port });
  }
  const agent = askAgentOnce(kubectl, agents[0]?.pod ?? "", CILIUM_NAMESPACE);
  await readPolicyRevision(agent);
  await readStatus(agent);
  for (const { id, pod } of await readEndpoints(agent)) {
    if (pod?.namespace !== RECORDED_NAMESPACE) continue;
    await readEndpoint(agent, id);
    await readPolicyMap(agent, id);
  }
}

function withoutRepeats(all: readonly RecordedAnswer[]): readonly RecordedAnswer[] {
  return [...new Map(all.map((answer) => [answer.ask, answer])).values()];
}

/** Folders of this machine say nothing about Cilium. */
function scrub(text: string): string {
  const home = env["HOME"] ?? "/root";
  const cache = env["TESTBED_CACHE"] ?? `${home}/.cache/tollgate-testbed`;
  return text.replaceAll(cache, "/var/cache/testbed").replaceAll(`${home}/`, "/home/someone/");
}

function write(made: { readonly state: string; readonly answers: readonly RecordedAnswer[] }): void {
  const file = join(packageRoot, "bench/cluster/recordings", `${name}.json`);
  const lines = made.answers.map((answer) => `    ${JSON.stringify(answer)}`).join(",\n");
  writeFileSync(file, `{\n  "state": ${JSON.stringify(made.state)},\n  "answers": [\n${lines}\n  ]\n}\n`);
  process.stderr.write(`${name}: ${made.answers.length} answers\n`);
}

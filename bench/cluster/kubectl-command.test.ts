import { describe, expect, test } from "vitest";
import { CommandTimeout, type CommandResult } from "../shell.js";
import type { KubectlFault } from "./kubectl-fault.js";
import type { ConfigMap, Pod, Workload } from "./kube-object.js";
import { MANAGED_BY } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { currentContext, openKubectl } from "./kubectl-command.js";

/** kubectl whose every call ends like `answer`; `calls` keeps what was asked. */
function listening(answer: Partial<CommandResult> = {}): { kubectl: Kubectl; calls: string[] } {
  const calls: string[] = [];
  const kubectl = openKubectl({
    context: "prod",
    namespace: "bench",
    env: {},
    run: (program, args) => {
      calls.push([program, ...args].join(" "));
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...answer });
    },
  });
  return { kubectl, calls };
}

const ours: ConfigMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "program", labels: { [MANAGED_BY.label]: MANAGED_BY.value } },
  data: { a: "b" },
};

describe("every call", () => {
  test("names the context and the namespace", async () => {
    const { kubectl, calls } = listening({ stdout: '{"items": []}' });
    await kubectl.get<Pod>("pod/driver");
    await kubectl.list<Workload>("daemonsets", { namespace: "kube-system", labels: { "k8s-app": "cilium" } });
    await kubectl.list("pods", { allNamespaces: true, fields: "spec.nodeName=n1" });
    await kubectl.exec({ pod: "driver", container: "tollgate" }, ["node", "--context", "x"], { input: "{}" });
    await kubectl.logs({ pod: "driver", container: "tollgate" }, { tail: 5 });
    await kubectl.wait({ kind: "pods", labels: { run: "r1" } }, "condition=Ready", 3000);
    expect(calls).toEqual([
      "kubectl --context prod get pod/driver --namespace bench --ignore-not-found -o json",
      "kubectl --context prod get daemonsets --namespace kube-system --selector k8s-app=cilium -o json",
      "kubectl --context prod get pods --all-namespaces --field-selector spec.nodeName=n1 -o json",
      "kubectl --context prod exec driver --namespace bench --container tollgate --stdin -- node --context x",
      "kubectl --context prod logs driver --namespace bench --container tollgate --tail=5",
      "kubectl --context prod wait pods --namespace bench --selector run=r1 --for=condition=Ready --timeout=3000ms",
    ]);
  });

  test("that gets no answer in time says that the cluster hangs", async () => {
    const run = (program: string, args: readonly string[]): Promise<CommandResult> =>
      Promise.reject(new CommandTimeout(program, args, 15_000));
    const kubectl = openKubectl({ context: "prod", namespace: "bench", env: {}, run });
    await expect(kubectl.get("pod/driver")).rejects.toMatchObject({
      reason: "hanging",
      text: { fact: 'the cluster of context "prod" does not answer' },
    });
  });
});

describe("what tollgate may change", () => {
  test("is applied by the server, under its own field manager", async () => {
    const { kubectl, calls } = listening();
    await kubectl.apply([ours], { dryRun: true });
    expect(calls).toEqual([
      "kubectl --context prod apply --namespace bench --server-side --field-manager=tollgate --validate=strict " +
        "--dry-run=server -f -",
    ]);
  });

  test("carries its label, or is not applied at all", async () => {
    const { kubectl, calls } = listening();
    const foreign = { ...ours, metadata: { name: "program" } };
    await expect(kubectl.apply([ours, foreign])).rejects.toThrow("ConfigMap program lacks the label");
    expect(calls).toEqual([]);
  });

  test("is deleted by its label and never without it", async () => {
    const { kubectl, calls } = listening();
    await kubectl.delete(["pods", "secrets"], { "tollgate.dev/run": "r1" }, { wait: false });
    expect(calls).toEqual([
      "kubectl --context prod delete pods,secrets --namespace bench " +
        "--selector app.kubernetes.io/managed-by=tollgate,tollgate.dev/run=r1 --ignore-not-found --wait=false",
    ]);
    await kubectl.delete(["pods"], {}, { fields: "status.phase=Failed" });
    expect(calls[1]).toBe(
      "kubectl --context prod delete pods --namespace bench --selector app.kubernetes.io/managed-by=tollgate " +
        "--field-selector status.phase=Failed --ignore-not-found --wait=true",
    );
  });
});

describe("the current context", () => {
  test("is the one that the kubeconfig names", async () => {
    const run = (): Promise<CommandResult> => Promise.resolve({ exitCode: 0, stdout: "prod\n", stderr: "" });
    expect(await currentContext({}, run)).toBe("prod");
  });

  test("may be none, and kubectl may be missing", async () => {
    const words = ["error: current-context is not set\n", "kubectl: command not found"];
    const reasons = words.map(async (stderr) =>
      currentContext({}, () => Promise.resolve({ exitCode: 1, stdout: "", stderr })).then(
        () => "none",
        (error: unknown) => (error as KubectlFault).reason,
      ),
    );
    expect(await Promise.all(reasons)).toEqual(["no-context", "no-kubectl"]);
  });
});

/**
 * What runs have left in a cluster: those that were killed, and those that still go on. Only what carries our label is
 * ever listed, and only what carries the run's id as well is ever deleted.
 */
import { CILIUM_NAMESPACE } from "./cilium-install.js";
import { MANAGED_BY, type ConfigMap, type KubeObject } from "./kube-object.js";
import { failedBecause } from "./kubectl-fault.js";
import type { Kubectl } from "./kubectl.js";
import { RUN_KINDS, RUN_LABEL, RUN_NAMESPACE_LABEL, runLabels, runNamespace } from "./run-names.js";

export interface Leftover {
  readonly run: string;
  readonly namespace: string;
  /** The namespace is the run's own, and goes with it. */
  readonly ownsNamespace: boolean;
  /** `pod payments-l4`, as kubectl takes it. */
  readonly objects: readonly string[];
  /** Where Cilium reads certificates, when the run has put its own there. */
  readonly certificatesIn: string | null;
  /** When its first object was made. */
  readonly since: string;
}

const OURS = { [MANAGED_BY.label]: MANAGED_BY.value };
const DELETED_WITHIN_MS = 120_000;

/** Every run that has something in `namespace`; null: in a namespace of its own. Sorted by age, the oldest first. */
export async function findLeftovers(kubectl: Kubectl, namespace: string | null): Promise<Leftover[]> {
  const [standing, placed] = await Promise.all([
    namespace === null ? inOwnNamespaces(kubectl) : leftoversIn(kubectl, namespace, false),
    placedCertificates(kubectl),
  ]);
  const ofRuns = new Map(standing.map((one) => [one.run, one]));
  for (const { metadata } of placed) {
    const { [RUN_LABEL]: run = "", [RUN_NAMESPACE_LABEL]: home = "" } = metadata.labels ?? {};
    if (home !== (namespace ?? runNamespace(run))) continue;
    const { namespace: certificatesIn = "", name, creationTimestamp: since = "" } = metadata;
    const known = ofRuns.get(run) ?? { run, namespace: home, ownsNamespace: false, objects: [], since };
    ofRuns.set(run, { ...known, certificatesIn, objects: [...known.objects, `secret ${certificatesIn}/${name}`] });
  }
  return [...ofRuns.values()].sort(byAge);
}

/** Whatever a run has made, by where it is. */
export type RunPlace = Pick<Leftover, "run" | "namespace" | "ownsNamespace" | "certificatesIn">;

/** Resolves when all of it is gone. */
export async function removeRun(
  kubectl: Kubectl,
  { run, namespace, ownsNamespace, certificatesIn }: RunPlace,
  timeoutMs = DELETED_WITHIN_MS,
): Promise<void> {
  const where = { namespace, timeoutMs };
  await kubectl.delete(RUN_KINDS, runLabels(run), { ...where, wait: !ownsNamespace });
  if (certificatesIn !== null) {
    await kubectl.delete(["secrets"], runLabels(run), { ...where, namespace: certificatesIn });
  }
  if (ownsNamespace) await kubectl.delete(["namespaces"], runLabels(run), where);
}

/** Those that runs have made for themselves. */
export async function ownNamespaces(kubectl: Kubectl): Promise<readonly KubeObject[]> {
  const ours = await kubectl.list<KubeObject>("namespaces", { labels: OURS });
  return ours.filter(({ metadata }) => metadata.labels?.[RUN_LABEL] !== undefined);
}

async function inOwnNamespaces(kubectl: Kubectl): Promise<Leftover[]> {
  return Promise.all(
    (await ownNamespaces(kubectl)).map(async ({ metadata }): Promise<Leftover> => {
      const run = metadata.labels?.[RUN_LABEL] ?? "";
      const [inside] = (await leftoversIn(kubectl, metadata.name, true)).filter((one) => one.run === run);
      const { name: namespace, creationTimestamp: since = "" } = metadata;
      return inside ?? { run, namespace, ownsNamespace: true, objects: [], certificatesIn: null, since };
    }),
  );
}

async function leftoversIn(kubectl: Kubectl, namespace: string, ownsNamespace: boolean): Promise<Leftover[]> {
  const lists = await Promise.all(RUN_KINDS.map((kind) => kubectl.list<KubeObject>(kind, { namespace, labels: OURS })));
  const objects = lists.flat().filter(({ metadata: { labels } }) => labels?.[RUN_LABEL] !== undefined);
  const runs = [...new Set(objects.map(({ metadata }) => metadata.labels?.[RUN_LABEL] ?? ""))];
  return runs.map((run): Leftover => {
    const own = objects.filter(({ metadata }) => metadata.labels?.[RUN_LABEL] === run);
    const names = own.map(({ kind, metadata }) => `${kind.toLowerCase()} ${metadata.name}`);
    const since = own.map(({ metadata }) => metadata.creationTimestamp ?? "").sort()[0] ?? "";
    return { run, namespace, ownsNamespace, objects: names, certificatesIn: null, since };
  });
}

/** In whatever mode Cilium is now: it may have been another when the run was killed. Who may not look, has put none. */
async function placedCertificates(kubectl: Kubectl): Promise<readonly KubeObject[]> {
  try {
    const config = await kubectl.get<ConfigMap>("configmap/cilium-config", { namespace: CILIUM_NAMESPACE });
    const namespace = config?.data?.["policy-secrets-namespace"];
    if (namespace === undefined) return [];
    const secrets = await kubectl.list<KubeObject>("secrets", { namespace, labels: OURS });
    return secrets.filter(({ metadata: { labels } }) => labels?.[RUN_NAMESPACE_LABEL] !== undefined);
  } catch (error) {
    if (failedBecause(error, "forbidden")) return [];
    throw error;
  }
}

function byAge(a: Leftover, b: Leftover): number {
  return a.since < b.since ? -1 : 1;
}

/**
 * What runs have left in a cluster: those that were killed, and those that still go on. Only what carries our label is
 * ever listed, and only what carries the run's id as well is ever deleted.
 */
import { MANAGED_BY, type KubeObject } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { RUN_KINDS, RUN_LABEL, runLabels } from "./run-names.js";

export interface Leftover {
  readonly run: string;
  readonly namespace: string;
  /** The namespace is the run's own, and goes with it. */
  readonly ownsNamespace: boolean;
  /** `pod payments-l4`, as kubectl takes it. */
  readonly objects: readonly string[];
  /** When its first object was made. */
  readonly since: string;
}

const DELETED_WITHIN_MS = 120_000;

/** Every run that has something in `namespace`; null: in a namespace of its own. Sorted by age, the oldest first. */
export async function findLeftovers(kubectl: Kubectl, namespace: string | null): Promise<Leftover[]> {
  if (namespace !== null) return leftoversIn(kubectl, namespace, false);
  const labels = { [MANAGED_BY.label]: MANAGED_BY.value };
  const namespaces = (await kubectl.list<KubeObject>("namespaces", { labels })).filter(
    ({ metadata }) => metadata.labels?.[RUN_LABEL] !== undefined,
  );
  const found = await Promise.all(
    namespaces.map(async ({ metadata }): Promise<Leftover> => {
      const run = metadata.labels?.[RUN_LABEL] ?? "";
      const [inside] = (await leftoversIn(kubectl, metadata.name, true)).filter((one) => one.run === run);
      const since = metadata.creationTimestamp ?? "";
      return inside ?? { run, namespace: metadata.name, ownsNamespace: true, objects: [], since };
    }),
  );
  return found.sort(byAge);
}

/** Resolves when all of it is gone. */
export async function removeLeftover(kubectl: Kubectl, { run, namespace, ownsNamespace }: Leftover): Promise<void> {
  const where = { namespace, timeoutMs: DELETED_WITHIN_MS };
  await kubectl.delete(RUN_KINDS, runLabels(run), { ...where, wait: !ownsNamespace });
  if (ownsNamespace) await kubectl.delete(["namespaces"], runLabels(run), where);
}

async function leftoversIn(kubectl: Kubectl, namespace: string, ownsNamespace: boolean): Promise<Leftover[]> {
  const labels = { [MANAGED_BY.label]: MANAGED_BY.value };
  const lists = await Promise.all(RUN_KINDS.map((kind) => kubectl.list<KubeObject>(kind, { namespace, labels })));
  const objects = lists.flat().filter(({ metadata }) => metadata.labels?.[RUN_LABEL] !== undefined);
  const runs = [...new Set(objects.map(({ metadata }) => metadata.labels?.[RUN_LABEL] ?? ""))];
  return runs
    .map((run): Leftover => {
      const own = objects.filter(({ metadata }) => metadata.labels?.[RUN_LABEL] === run);
      const names = own.map(({ kind, metadata }) => `${kind.toLowerCase()} ${metadata.name}`);
      const since = own.map(({ metadata }) => metadata.creationTimestamp ?? "").sort()[0] ?? "";
      return { run, namespace, ownsNamespace, objects: names, since };
    })
    .sort(byAge);
}

function byAge(a: Leftover, b: Leftover): number {
  return a.since < b.since ? -1 : 1;
}

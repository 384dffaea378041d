/**
 * What stands in the cluster for a run, as a Secret beside it tells it: whose record its trials go into, and all that a
 * command line needs which takes the place of one that was lost. A Secret, since it holds the run's token and keys.
 */
import { version } from "../version.js";
import type { ClusterOptions } from "./cluster-options.js";
import { MANAGED_BY, type KubeObject } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { ownNamespaces } from "./leftovers.js";
import type { RunPlan } from "./manifests.js";
import { programSha256 } from "./program-files.js";
import { runLabels, STAND_SECRET } from "./run-names.js";
import type { StandRequest } from "./run-stand.js";

export interface Stand {
  /** Id of the run in the results folder. */
  readonly record: string;
  /** Its version. */
  readonly tollgate: string;
  readonly programSha256: string;
  readonly plan: Omit<RunPlan, "program">;
  readonly options: StandOptions;
  /** The namespace is the run's own, and goes with it. */
  readonly ownsNamespace: boolean;
}

/** What was wished of the stand when it was put up. */
export type StandOptions = Pick<
  ClusterOptions,
  "image" | "placement" | "generators" | "via" | "nodeSelector" | "tolerations"
>;

export interface FoundStand extends Stand {
  /** When it was written down. */
  readonly since: string;
}

const KEY = "stand.json";

export function describeStand(record: string, { plan, ownsNamespace }: StandRequest, options: StandOptions): Stand {
  const { program, ...rest } = plan;
  const { image, placement, generators, via, nodeSelector, tolerations } = options;
  return {
    record,
    tollgate: version,
    programSha256: programSha256(program),
    plan: rest,
    options: { image, placement, generators, via, nodeSelector, tolerations },
    ownsNamespace,
  };
}

export function standSecret(stand: Stand): KubeObject {
  const { run, namespace } = stand.plan;
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: { name: STAND_SECRET, namespace, labels: runLabels(run) },
    stringData: { [KEY]: JSON.stringify(stand) },
  };
}

/** Every stand in `namespace`; null: in namespaces of runs' own. The oldest first. */
export async function findStands(kubectl: Kubectl, namespace: string | null): Promise<FoundStand[]> {
  const found = await Promise.all(
    (await namespacesOf(kubectl, namespace)).map((one) =>
      kubectl.get<KubeObject>(`secret/${STAND_SECRET}`, { namespace: one }),
    ),
  );
  return found
    .flatMap((secret) => (secret?.metadata.labels?.[MANAGED_BY.label] === MANAGED_BY.value ? [readStand(secret)] : []))
    .sort((a, b) => (a.since < b.since ? -1 : 1));
}

async function namespacesOf(kubectl: Kubectl, namespace: string | null): Promise<readonly string[]> {
  if (namespace !== null) return [namespace];
  return (await ownNamespaces(kubectl)).map(({ metadata }) => metadata.name);
}

function readStand({ metadata, ...secret }: KubeObject): FoundStand {
  const data = secret["data"] as Readonly<Record<string, string>>;
  const stand = JSON.parse(Buffer.from(data[KEY] ?? "", "base64").toString()) as Stand;
  return { ...stand, since: metadata.creationTimestamp ?? "" };
}

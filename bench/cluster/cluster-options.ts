/**
 * What a user may wish of a cluster run, beside what is wished of every run.
 */
export interface ClusterOptions {
  /** `--context`; null: the kubeconfig's own. */
  readonly context: string | null;
  /** `--namespace`: one that exists; null: a namespace of the run's own, which goes with it. */
  readonly namespace: string | null;
  /** `--image`: any image with Node 20 or newer. */
  readonly image: string;
  /** `--placement`; null: on two nodes where there are two, else on one. */
  readonly placement: PlacementWish | null;
  /** `--generators`: pods per caller and road. */
  readonly generators: number;
  /** `--via`: what callers dial. */
  readonly via: "service" | "pod-ip";
  /** `--node-selector`: only nodes with these labels. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** `--tolerations`: taints that our pods put up with. */
  readonly tolerations: readonly Toleration[];
  readonly env: NodeJS.ProcessEnv;
  /** Progress for people, one line at a time. */
  readonly say: (line: string) => void;
}

export type PlacementWish = "same-node" | "cross-node";

export interface Toleration {
  readonly key: string;
  readonly operator: "Exists" | "Equal";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export const DEFAULT_IMAGE = "node:20-slim";

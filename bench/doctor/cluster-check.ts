import type { Kubectl } from "../cluster/kubectl.js";
import type { Finding } from "./finding.js";

/** What the cluster is wanted for. */
export interface ClusterWish {
  readonly ciliumNamespace: string;
  readonly image: string;
}

/** Looks at one thing; throws a Fault where it cannot look at all. */
export type ClusterCheck = (kubectl: Kubectl, wish: ClusterWish) => Promise<readonly Finding[]>;

/**
 * The cluster as kubectl shows it: what can be asked of it. kubectl-command.ts is the one file that runs kubectl.
 */
import type { CommandResult, CommandStream } from "../shell.js";
import type { Access } from "./access-review.js";
import type { KubeObject } from "./kube-object.js";

export interface Kubectl {
  readonly context: string;
  /** Where everything lies that does not say another. */
  readonly namespace: string;
  /** `pod/driver`; null when there is no such object. @throws KubectlFault */
  get<T extends KubeObject>(object: string, where?: Where): Promise<T | null>;
  /** Every object of a kind, `pods`, `ciliumnetworkpolicies.cilium.io` …, that the selectors pick. @throws KubectlFault */
  list<T extends KubeObject>(kind: string, which?: Which): Promise<readonly T[]>;
  /** An API path read as it is, e.g. `/api/v1/nodes/n1/proxy/stats/summary`. @throws KubectlFault */
  raw(path: string, limit?: Limit): Promise<string>;
  /**
   * Server-side apply under the field manager `tollgate`. Creates or changes, never takes over what another manager
   * holds. @throws KubectlFault; Fault for an object without our label.
   */
  apply(objects: readonly KubeObject[], options?: ApplyOptions): Promise<void>;
  /**
   * Deletes what carries our label and these; with `wait` until it is gone. Kinds that the cluster does not know count
   * as having none. @throws KubectlFault
   */
  delete(kinds: readonly string[], labels: Readonly<Record<string, string>>, options?: DeleteOptions): Promise<void>;
  /** Until `condition=Ready`, `delete`, `jsonpath={…}=x` holds for the object(s). @throws KubectlFault `condition-timeout` */
  wait(which: string | (Which & { readonly kind: string }), until: string, timeoutMs: number): Promise<void>;
  /** A program in a container, run to its end; its exit code is its own. @throws KubectlFault when it could not be run */
  exec(place: ContainerPlace, command: readonly string[], options?: ExecOptions): Promise<CommandResult>;
  /** A program in a container that stays: lines in, lines out. */
  execLines(place: ContainerPlace, command: readonly string[], onLine: (line: string) => void): Promise<CommandStream>;
  /** What a container has printed, its last lines. @throws KubectlFault */
  logs(place: ContainerPlace, options: { readonly tail: number } & Limit): Promise<string>;
  /** Whether this user may do each of these, in their order. @throws KubectlFault when the cluster cannot be asked */
  mayI(accesses: readonly Access[]): Promise<readonly boolean[]>;
  /** gitVersion of kubectl and of the API server. @throws KubectlFault */
  version(): Promise<{ readonly client: string; readonly server: string }>;
}

export interface Limit {
  /** Default {@link ANSWER_MS}. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
export interface Where extends Limit {
  readonly namespace?: string;
}
export interface Which extends Limit {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** `spec.nodeName=n1` */
  readonly fields?: string;
}
export interface ApplyOptions extends Where {
  /** Every check of the API server, admission included, and nothing kept. */
  readonly dryRun?: boolean;
}
export interface DeleteOptions extends Where {
  readonly wait?: boolean;
  /** `status.phase=Failed`: these only. */
  readonly fields?: string;
}
export interface ContainerPlace {
  /** A pod's name, or `ds/cilium` for any pod of it. */
  readonly pod: string;
  readonly container: string;
  readonly namespace?: string;
}
export interface ExecOptions extends Limit {
  readonly input?: string;
}
/** How long an answer may take: a healthy API server takes a tenth of a second, kubectl itself another. */
export const ANSWER_MS = 15_000;

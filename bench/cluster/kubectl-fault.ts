/**
 * What kubectl says when it fails, as a Fault that names the cause and the way out. kubectl tells causes by sentences on
 * stderr only; the sentences are those of client-go and of the API server (recordings/ has real ones).
 */
import { Fault, type FaultText } from "../../loadgen/fault.js";

/** Why kubectl failed. `hanging`: no answer at all; `condition-timeout`: the cluster answers, but what was awaited is not so. */
export type KubectlCause =
  | "no-kubectl"
  | "no-context"
  | "unauthorized"
  | "quota"
  | "pod-security"
  | "terminating"
  | "forbidden"
  | "unknown-kind"
  | "conflict"
  | "exists"
  | "not-found"
  | "rejected"
  | "condition-timeout"
  | "overloaded"
  | "unreachable"
  | "hanging"
  | "other";

export class KubectlFault extends Fault {
  readonly reason: KubectlCause;

  constructor(reason: KubectlCause, text: FaultText) {
    super(text);
    this.reason = reason;
  }
}

/** One of these is why `error` was thrown by kubectl. */
export function failedBecause(error: unknown, ...causes: readonly KubectlCause[]): boolean {
  return error instanceof KubectlFault && causes.includes(error.reason);
}

export interface KubectlFailure {
  readonly context: string;
  /** What was asked, for the reader: `kubectl get pods -n bench`. */
  readonly command: string;
  readonly exitCode: number;
  readonly stderr: string;
}

interface Explanation {
  readonly pattern: RegExp;
  readonly cause: KubectlCause;
  readonly fact: (failure: KubectlFailure, matched: RegExpExecArray) => string;
  readonly try: string | ((failure: KubectlFailure) => string);
}

const RBAC = "tollgate doctor --env cluster --rbac | kubectl apply -f -  (by someone who may grant it)";

/** The first that matches is the cause: what is said more exactly stands before what is said more broadly. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /command not found/,
    cause: "no-kubectl",
    fact: () => "kubectl is not on this machine",
    try: "install kubectl of the cluster's minor version, or name it: TOLLGATE_KUBECTL=/path/to/kubectl",
  },
  {
    pattern:
      /context "?[^"\n]*"? does not exist|no context exists with the name|context was not found|stat .*: no such file or directory/,
    cause: "no-context",
    fact: ({ context }) => `the kubeconfig has no context "${context}"`,
    try: "kubectl config get-contexts, then --context NAME",
  },
  {
    pattern: /Unauthorized|You must be logged in|provide credentials/,
    cause: "unauthorized",
    fact: ({ context }) => `the cluster of context "${context}" does not accept these credentials`,
    try: "log in again: the kubeconfig's token or certificate has expired or belongs to another cluster",
  },
  {
    pattern: /exceeded quota: ([^,\n]+)/,
    cause: "quota",
    fact: (_, [, quota]) => `the namespace's quota "${quota ?? "?"}" leaves no room for tollgate's pods`,
    try: "raise the quota, or fewer and smaller pods: --generators 1",
  },
  {
    pattern: /violates PodSecurity "([^"]+)"/,
    cause: "pod-security",
    fact: (_, [, level]) => `PodSecurity "${level ?? "?"}" refuses the pod`,
    try: 'report it: tollgate\'s pods are meant to pass "restricted"',
  },
  {
    pattern: /because it is being terminated/,
    cause: "terminating",
    fact: () => "the namespace is being deleted",
    try: "wait until it is gone (kubectl get namespace), or another --namespace",
  },
  {
    pattern: /\(Forbidden\)[\s\S]*cannot (\S+) resource "([^"]+)"|\(Forbidden\)|is forbidden/,
    cause: "forbidden",
    fact: (_, [, verb, resource]) =>
      verb === undefined ? "the cluster forbids it" : `this user may not ${verb} ${resource ?? "?"}`,
    try: RBAC,
  },
  {
    pattern: /the server doesn't have a resource type "([^"]+)"|no matches for kind "([^"]+)"/,
    cause: "unknown-kind",
    fact: (_, [, type, kind]) => `this cluster knows no ${type ?? kind ?? "such kind"}`,
    try: "tollgate doctor --env cluster",
  },
  {
    pattern: /\(Conflict\)|Apply failed with \d+ conflict/,
    cause: "conflict",
    fact: () => "an object of that name is in someone else's hands",
    try: "tollgate clean --env cluster, or another --namespace",
  },
  {
    pattern: /\(AlreadyExists\)/,
    cause: "exists",
    fact: () => "an object of that name exists already",
    try: "tollgate clean --env cluster",
  },
  {
    pattern: /(\S+) "([^"]+)" not found|\(NotFound\)/,
    cause: "not-found",
    fact: (_, [, kind, name]) =>
      kind === undefined ? "there is no such object" : `there is no "${name ?? ""}" among the ${kind}`,
    try: "tollgate doctor --env cluster",
  },
  {
    pattern: /\(Invalid\)|\(BadRequest\)|is invalid:|strict decoding error|denied the request|ValidationError/,
    cause: "rejected",
    fact: () => "the cluster does not accept the object",
    try: "tollgate scenarios render --target cilium shows what is applied; an admission webhook may have its own rules",
  },
  {
    pattern: /timed out waiting for the condition/,
    cause: "condition-timeout",
    fact: () => "what was waited for did not come about",
    try: "kubectl describe the object: its events name the reason",
  },
  {
    pattern: /\((TooManyRequests|ServiceUnavailable|InternalError|Timeout|ServerTimeout)\)|etcdserver:/,
    cause: "overloaded",
    fact: (_, [, how]) => `the API server answers ${how ?? "with an error of its store"}`,
    try: "again, when the control plane is well: kubectl get --raw /readyz?verbose",
  },
  {
    pattern:
      /was refused|Unable to connect to the server|no such host|i\/o timeout|TLS handshake timeout|connection reset|no route to host|x509:|context deadline exceeded|Client\.Timeout exceeded|unexpected EOF/,
    cause: "unreachable",
    fact: ({ context }) => `the cluster of context "${context}" cannot be reached`,
    try: "kubectl --context … version, VPN and proxy settings; or another --context",
  },
];

/** Turns a failed kubectl into the Fault to throw. */
export function explainFailure(failure: KubectlFailure): KubectlFault {
  const seen = ownWords(failure.stderr);
  const asked = `success of: ${failure.command}`;
  for (const { pattern, cause, fact, try: next } of EXPLANATIONS) {
    const matched = pattern.exec(failure.stderr);
    if (matched === null) continue;
    const step = typeof next === "string" ? next : next(failure);
    return new KubectlFault(cause, { fact: fact(failure, matched), expected: asked, seen, try: step });
  }
  return new KubectlFault("other", {
    fact: `kubectl failed with exit code ${failure.exitCode}`,
    expected: asked,
    seen,
  });
}

/** kubectl that gave no answer in time. */
export function explainSilence(context: string, command: string, timeoutMs: number): KubectlFault {
  return new KubectlFault("hanging", {
    fact: `the cluster of context "${context}" does not answer`,
    expected: `an answer within ${timeoutMs} ms to: ${command}`,
    seen: "none",
    try: "kubectl get --raw /readyz; a VPN that is down looks like this",
  });
}

/** What kubectl says of the failure itself: without its library's log before it, and without the advice behind it. */
function ownWords(text: string): string {
  const lines = text
    .trimEnd()
    .split("\n")
    .filter((line) => !KLOG.test(line));
  const start = lines.findIndex((line) => /^(error:|Error from server|The connection|Unable to connect)/i.test(line));
  const words = start === -1 ? lines.slice(-4) : lines.slice(start, start + 3);
  return words.join("\n") || "nothing was printed";
}

/** `E1128 09:15:32.376209   27546 memcache.go:265] …` */
const KLOG = /^[EIW]\d{4} \d\d:/;

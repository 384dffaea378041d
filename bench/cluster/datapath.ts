/**
 * The agents of the nodes that our pods are on, asked together: what is in force, and every counter of every road at
 * one instant. One reading serves as the end of one trial and the beginning of the next: between the two nothing of ours
 * is sent, so a counter that moved there is somebody else's and contradicts the next trial.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "../../loadgen/clock.js";
import { Fault } from "../../loadgen/fault.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import { openAgent, type CiliumAgent } from "./cilium-agent.js";
import { readEndpoints, readPolicyRevision, type Endpoint } from "./cilium-endpoints.js";
import { readPolicyMap, type PolicyMapEntry } from "./cilium-policy-map.js";
import { readStatus } from "./cilium-status.js";
import type { DatapathFacts } from "./enforcement.js";
import type { Kubectl } from "./kubectl.js";

export interface PathReading {
  readonly atNs: number;
  readonly endpoints: readonly PodEndpoint[];
  /** By pod, for the pods that were asked about. */
  readonly policies: ReadonlyMap<string, readonly PolicyMapEntry[]>;
}

/** A reading as it goes through JSON. */
export interface PlainReading extends Omit<PathReading, "policies"> {
  readonly policies: readonly (readonly [pod: string, entries: readonly PolicyMapEntry[]])[];
}

export const plainReading = (reading: PathReading): PlainReading => ({ ...reading, policies: [...reading.policies] });
export const readingOf = (plain: PlainReading): PathReading => ({ ...plain, policies: new Map(plain.policies) });

/** An endpoint of one of our pods. */
export interface PodEndpoint extends Endpoint {
  readonly podName: string;
}

/** Each question starts a process that takes its time: policy maps are read by a second shell, beside the endpoints. */
interface AskedNode extends AsyncDisposable {
  readonly agent: CiliumAgent;
  readonly maps: CiliumAgent;
}

/** The agent books a request when Envoy's record of it has come: some 50 ms after the answer at most. */
const SETTLE_MS = 60;
const SETTLED_WITHIN_MS = 1_500;
/** Calls that ended with the last trial are booked long before. */
const STILL_WITHIN_MS = 5_000;

export class Datapath implements AsyncDisposable {
  readonly #nodes: readonly AskedNode[];
  readonly #namespace: string;
  #last: readonly PodEndpoint[] | null = null;
  /** By pod: as they were at the end of the road's last trial. */
  readonly #policies = new Map<string, readonly PolicyMapEntry[]>();

  /** @param pods of the agents, one per node */
  constructor(kubectl: Kubectl, pods: readonly string[], place: { readonly cilium: string; readonly run: string }) {
    this.#nodes = pods.map((pod) => askedNode(kubectl, pod, place.cilium));
    this.#namespace = place.run;
  }

  /** What is in force now. @throws Fault when an agent cannot be asked */
  async facts(): Promise<DatapathFacts> {
    const all = await Promise.all(
      this.#nodes.map(async (node) => {
        const { agent } = node;
        const revision = await readPolicyRevision(agent);
        const endpoints = await this.#endpointsOf(node);
        const { redirects } = await readStatus(agent);
        return endpoints.map((endpoint) => ({
          endpoint,
          wantedRevision: revision,
          redirects: redirects
            .filter((redirect) => redirect.endpoint === endpoint.id && redirect.port === PAYMENTS_PORT)
            .map(({ direction }) => direction),
        }));
      }),
    );
    return all.flat();
  }

  /** The reading before a trial: the one that ended the last trial, or else the first that stands still. */
  async before(pods: readonly string[]): Promise<PathReading> {
    let endpoints = this.#last ?? (await this.#endpoints());
    const giveUpAt = performance.now() + STILL_WITHIN_MS;
    while (this.#last === null) {
      if (performance.now() >= giveUpAt) throw notStill();
      await sleep(SETTLE_MS);
      const next = await this.#endpoints();
      if (proxiedOf(next) === proxiedOf(endpoints)) this.#last = next;
      endpoints = next;
    }
    if (!pods.every((pod) => this.#policies.has(pod))) await this.#readPolicies(endpoints, pods);
    return this.#reading(endpoints, pods);
  }

  /**
   * The reading after a trial. @param expected how many requests Envoy shall have counted since `before`: they are waited
   * for, a moment; the last reading is yielded all the same.
   */
  async after(before: PathReading, pods: readonly string[], expected: number): Promise<PathReading> {
    const [endpoints] = await Promise.all([
      this.#settled(proxiedOf(before.endpoints) + expected),
      this.#readPolicies(before.endpoints, pods),
    ]);
    this.#last = endpoints;
    return this.#reading(endpoints, pods);
  }

  /** Something else than a trial was sent: the next trial begins with a reading of its own. */
  forget(): void {
    this.#last = null;
    this.#policies.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  /** @param proxied how many requests Envoy shall have counted on all roads */
  async #settled(proxied: number): Promise<readonly PodEndpoint[]> {
    const giveUpAt = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const endpoints = await this.#endpoints();
      if (proxiedOf(endpoints) >= proxied || performance.now() >= giveUpAt) return endpoints;
      await sleep(SETTLE_MS);
    }
  }

  #reading(endpoints: readonly PodEndpoint[], pods: readonly string[]): PathReading {
    const policies = new Map(pods.map((pod) => [pod, this.#policies.get(pod) ?? []]));
    return { atNs: now(), endpoints, policies };
  }

  async #readPolicies(endpoints: readonly PodEndpoint[], pods: readonly string[]): Promise<void> {
    await Promise.all(
      pods.map(async (pod) => {
        const endpoint = endpoints.find(({ podName }) => podName === pod);
        const maps = this.#mapsOf.get(pod);
        const isKnown = endpoint !== undefined && maps !== undefined;
        this.#policies.set(pod, isKnown ? await readPolicyMap(maps, endpoint.id) : []);
      }),
    );
  }

  readonly #mapsOf = new Map<string, CiliumAgent>();

  async #endpoints(): Promise<readonly PodEndpoint[]> {
    return (await Promise.all(this.#nodes.map((node) => this.#endpointsOf(node)))).flat();
  }

  async #endpointsOf({ agent, maps }: AskedNode): Promise<PodEndpoint[]> {
    const ours = (await readEndpoints(agent)).flatMap((endpoint) =>
      endpoint.pod?.namespace === this.#namespace ? [{ ...endpoint, podName: endpoint.pod.name }] : [],
    );
    for (const { podName } of ours) this.#mapsOf.set(podName, maps);
    return ours;
  }
}

function askedNode(kubectl: Kubectl, pod: string, namespace: string): AskedNode {
  const [agent, maps] = [openAgent(kubectl, pod, namespace), openAgent(kubectl, pod, namespace)];
  return {
    agent,
    maps,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([agent[Symbol.asyncDispose](), maps[Symbol.asyncDispose]()]);
    },
  };
}

/**
 * Both readings without the endpoints that only one of them knows: a pod of another road that was lost in between takes
 * its counts with it, which says nothing about this road.
 */
export function inBoth(first: PathReading, last: PathReading): readonly [first: PathReading, last: PathReading] {
  const known = (reading: PathReading): Set<number> => new Set(reading.endpoints.map(({ id }) => id));
  const [before, after] = [known(first), known(last)];
  const cut = (reading: PathReading): PathReading => ({
    ...reading,
    endpoints: reading.endpoints.filter(({ id }) => before.has(id) && after.has(id)),
  });
  return [cut(first), cut(last)];
}

function notStill(): Fault {
  return new Fault({
    fact: "somebody else calls the payments port of a road",
    expected: `Envoy's count of requests on the run's own pods to stand still within ${STILL_WITHIN_MS / 1000} s`,
    seen: "it goes on rising while tollgate sends nothing",
    so: "no trial could prove its road",
    try: "a namespace of the run's own (without --namespace)",
  });
}

/** Requests that Envoy has counted on the payments port of any of our pods. */
export function proxiedOf(endpoints: readonly PodEndpoint[]): number {
  return endpoints
    .flatMap(({ proxy }) => proxy)
    .filter(({ port }) => port === PAYMENTS_PORT)
    .reduce((sum, { requests }) => sum + requests.received, 0);
}

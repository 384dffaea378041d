/**
 * The programs that stamp a call's way (bpf/anatomy.bpf.c): loaded once, attached for one trial at a time at the eight
 * link ends of one road, armed when the connection stands and is primed, read when the trial is over. Struct layouts
 * here and in the C file must agree; the lab test that runs them holds the two together.
 */
import { spawnSync } from "node:child_process";
import { Fault } from "../../loadgen/fault.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import { resourcePath } from "../../proto/package-root.js";
import { PLACES, type SegmentReading, type StampReading } from "../../results/anatomy-record.js";
import type { RoadPlan } from "./address-plan.js";
import { addressBytes, batchText, bytes, mapUpdate, uint32, type MapDump } from "./bpf-map-text.js";
import { CLIENT_NAMESPACE, inNamespace, SERVER_NAMESPACE } from "./network.js";
import type { PinnedProgram } from "./policy-map.js";
import { runProgram, type Command } from "./processes.js";

export const ANATOMY: PinnedProgram = {
  object: "bench/lab/bpf/anatomy.bpf.o",
  program: "/sys/fs/bpf/tollgate/anatomy",
  maps: "/sys/fs/bpf/tollgate/anatomy-maps",
};

/** Before any policy, so that the segment that ends behind the policy holds it. */
const PREFERENCE = 1;

/** The least payload of a call (path-proof.ts), and what a TLS 1.3 record adds to it (RFC 8446 §5.2). */
const LEAST_CALL_BYTES = 29;
const TLS_RECORD_BYTES = 22;

export class Stamps {
  /** Links that have a place for filters already, by the policy or by an earlier trial. */
  readonly #places = new Set<string>();
  #isLoaded = false;
  /** The road that carries the filters now: a trial that failed leaves them there. */
  #attached: RoadPlan | null = null;
  /** What the segments held before this trial: histograms only grow. */
  #before: readonly Buffer[] = [];

  /**
   * Attaches to one road; nothing is booked before it is armed.
   * @throws Fault for a plan with more than one call in flight, or where the programs cannot be loaded
   */
  async attach(road: RoadPlan, plan: LoadPlan): Promise<void> {
    requireOneInFlight(plan);
    if (!this.#isLoaded) await this.#load();
    await this.#removeFilters();
    this.#attached = road;
    this.#before = (await readMaps()).segments;
    for (const [end, tc] of endsOf(road)) {
      const fresh = end.links.filter((link) => !this.#places.has(link) && !hasPolicyPlace(road, link));
      const places = fresh.map((link) => `qdisc add dev ${link} clsact`);
      await runProgram(tc, batchText([...places, ...filters(end, "add")]));
      for (const link of fresh) this.#places.add(link);
    }
  }

  /** At once, within the event that tells that the connection is primed: the warm-up follows 50 ms later. */
  arm(road: RoadPlan): void {
    const [program, ...args] = ["bpftool", "batch", "file", "-"] as const;
    const { status, stderr } = spawnSync(program, args, { input: armBatch(road), encoding: "utf8" });
    if (status !== 0) throw new Fault({ fact: "the time stamps cannot be armed", seen: stderr.trim() });
  }

  async detach(): Promise<StampReading> {
    await this.#removeFilters();
    const { watch, segments } = await readMaps();
    const [wire, ...rest] = segments.map((segment, place) => segmentBetween(this.#before[place], segment));
    if (wire === undefined || rest.length !== PLACES.length - 1) {
      throw new Fault({ fact: "the time stamps cannot be read", seen: `${rest.length} segments` });
    }
    const [booked, abandoned] = [16, 24].map((at) => Number(watch.readBigUInt64LE(at))) as [number, number];
    return { booked, abandoned, wire, segments: rest };
  }

  async #removeFilters(): Promise<void> {
    if (this.#attached === null) return;
    for (const [end, tc] of endsOf(this.#attached)) await runProgram(tc, batchText(filters(end, "del")));
    this.#attached = null;
  }

  async #load(): Promise<void> {
    const load = ["prog", "loadall", resourcePath(ANATOMY.object), ANATOMY.program, "type", "classifier"] as const;
    await runProgram(["bpftool", ...load, "pinmaps", ANATOMY.maps]);
    this.#isLoaded = true;
  }
}

/** Two calls in flight would be taken for one. @throws Fault (usage) */
export function requireOneInFlight({ loop, connections, mix }: LoadPlan): void {
  const isOne = loop.kind === "closed" && loop.inFlight === 1 && !loop.connectionPerCall && connections === 1;
  if (isOne && new Set(mix.map(({ caller }) => caller)).size === 1) return;
  throw new Fault({
    fact: "an anatomy follows one call at a time",
    expected: "one call in flight on one connection",
    seen: loop.kind === "open" ? "an open loop" : `${loop.inFlight} in flight on ${connections} connections`,
    so: "stamps of different calls would be taken for one",
  });
}

interface End {
  readonly links: readonly string[];
  /** Link, direction and number of the place. */
  readonly filters: readonly (readonly [link: string, direction: "ingress" | "egress", place: number])[];
}

/** By namespace, each with the program that speaks to it. */
function endsOf({ links }: RoadPlan): [End, Command][] {
  const { client, nodeToClient, nodeToServer, server } = links;
  const tc = ["tc", "-batch", "-"] as const;
  const end = (...all: End["filters"]): End => ({ links: [...new Set(all.map(([link]) => link))], filters: all });
  return [
    [end([client.name, "egress", 0], [client.name, "ingress", 7]), inNamespace(CLIENT_NAMESPACE, tc)],
    [
      end(
        [nodeToClient.name, "ingress", 1],
        [nodeToServer.name, "egress", 2],
        [nodeToServer.name, "ingress", 5],
        [nodeToClient.name, "egress", 6],
      ),
      tc,
    ],
    [end([server.name, "ingress", 3], [server.name, "egress", 4]), inNamespace(SERVER_NAMESPACE, tc)],
  ];
}

function filters({ filters: all }: End, verb: "add" | "del"): string[] {
  return all.map(([link, direction, place]) => {
    const filter = `filter ${verb} dev ${link} ${direction} pref ${PREFERENCE}`;
    return verb === "del" ? filter : `${filter} bpf direct-action object-pinned ${ANATOMY.program}/tg_an_${place}`;
  });
}

function hasPolicyPlace({ scenario, links }: RoadPlan, link: string): boolean {
  return scenario.road.policy !== "none" && link === links.nodeToClient.name;
}

/** struct watch and struct segment. */
const WATCH_BYTES = 96;
const BUCKETS_AT = 16;
const STEPS = 64;
const BUCKETS = STEPS + 18 * STEPS;

function armBatch({ scenario, server }: RoadPlan): string {
  const watch = Buffer.alloc(WATCH_BYTES);
  watch.writeUInt32LE(1, 0);
  addressBytes(server).copy(watch, 4);
  watch.writeUInt16BE(PAYMENTS_PORT, 8);
  watch.writeUInt16LE(LEAST_CALL_BYTES + (scenario.road.tls === "none" ? 0 : TLS_RECORD_BYTES), 10);
  return batchText([mapUpdate(ANATOMY, "tg_an_watch", uint32(0), watch)]);
}

interface AnatomyMaps {
  readonly watch: Buffer;
  readonly segments: readonly Buffer[];
}

async function readMaps(): Promise<AnatomyMaps> {
  const dump = batchText(["tg_an_watch", "tg_an_segment"].map((map) => `map dump pinned ${ANATOMY.maps}/${map}`));
  const printed = await runProgram(["bpftool", "--json", "batch", "file", "-"], dump);
  const [watches, segments] = JSON.parse(printed) as readonly { readonly output: MapDump }[];
  return {
    watch: bytes(watches?.output[0]?.value ?? []),
    segments: (segments?.output ?? []).map(({ value }) => bytes(value)),
  };
}

function segmentBetween(before: Buffer | undefined, after: Buffer): SegmentReading {
  const moved = (read: (segment: Buffer) => number): number => read(after) - (before === undefined ? 0 : read(before));
  const calls = moved((segment) => Number(segment.readBigUInt64LE(0)));
  const buckets = Array.from({ length: BUCKETS }, (_, i) =>
    moved((segment) => segment.readUInt32LE(BUCKETS_AT + 4 * i)),
  );
  return { calls, sumNs: moved((segment) => Number(segment.readBigUInt64LE(8))), p50Ns: medianOf(buckets, calls) };
}

/** Within its bucket, values are taken to lie evenly. */
export function medianOf(buckets: readonly number[], calls: number): number {
  let below = 0;
  for (const [index, inside] of buckets.entries()) {
    if (inside > 0 && below + inside >= calls / 2) {
      return lowestOf(index) + widthOf(index) * ((calls / 2 - below) / inside);
    }
    below += inside;
  }
  return 0;
}

const powerOf = (index: number): number => Math.max(0, Math.floor(index / STEPS) - 1);
const widthOf = (index: number): number => 2 ** powerOf(index);
const lowestOf = (index: number): number => (index < STEPS ? index : (STEPS + (index % STEPS)) * 2 ** powerOf(index));

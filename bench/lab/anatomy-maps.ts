/**
 * The maps of the programs that stamp a call's way (bpf/anatomy.h), which are the same on both levels but for the number
 * of places. Struct layouts here and in the C file must agree; the lab test that runs them holds the two together.
 */
import { PAYMENTS_PORT } from "../../proto/payments.js";
import type { SegmentReading, StampReading } from "../../results/anatomy-record.js";
import {
  mayBeMissed,
  PLACES,
  placesOf,
  type Place,
  type StampLevel,
  type StampWish,
} from "../../results/anatomy-segments.js";
import { Fault } from "../../loadgen/fault.js";
import type { RoadPlan } from "./address-plan.js";
import { addressBytes, batchText, bytes, mapUpdate, uint32, type MapDump } from "./bpf-map-text.js";
import type { PinnedProgram } from "./policy-map.js";
import { runProgram } from "./processes.js";

export const ANATOMY: Readonly<Record<StampLevel, PinnedProgram>> = {
  tc: pinned("anatomy"),
  full: pinned("anatomy-full"),
};

function pinned(name: string): PinnedProgram {
  const folder = `/sys/fs/bpf/tollgate/${name}`;
  return { object: `bench/lab/bpf/${name}.bpf.o`, program: folder, maps: `${folder}-maps` };
}

/** The least payload of a call (path-proof.ts), and what a TLS 1.3 record adds to it (RFC 8446 §5.2). */
const LEAST_CALL_BYTES = 29;
const TLS_RECORD_BYTES = 22;

/** struct watch: what user space writes, what it reads, and from where on there is a stamp for each place. */
const WATCH = { expected: 12, optional: 16, netns: 20, booked: 40, abandoned: 48, stamps: 56 } as const;

/** Of the namespaces in which a road's sockets are, as the kernel numbers them: in the order of the C file's enum. */
export type SideNamespaces = readonly [caller: number, node: number, server: number];

/** `bpftool batch` that arms the programs for one road. */
export function armBatch(road: RoadPlan, wish: StampWish, namespaces: SideNamespaces): string {
  const { scenario, server } = road;
  const places: readonly Place[] = PLACES[wish.level];
  const passed = placesOf(scenario, wish);
  const bits = (wanted: (place: Place) => boolean): number =>
    places.reduce((mask, place, at) => (passed.has(place) && wanted(place) ? mask | (1 << at) : mask), 0);
  const watch = Buffer.alloc(WATCH.stamps + 8 * places.length);
  watch.writeUInt32LE(1, 0);
  addressBytes(server).copy(watch, 4);
  watch.writeUInt16BE(PAYMENTS_PORT, 8);
  watch.writeUInt16LE(LEAST_CALL_BYTES + (scenario.road.tls === "none" ? 0 : TLS_RECORD_BYTES), 10);
  watch.writeUInt32LE(
    bits((place) => !mayBeMissed(place)),
    WATCH.expected,
  );
  watch.writeUInt32LE(bits(mayBeMissed), WATCH.optional);
  for (const [side, number] of namespaces.entries()) watch.writeUInt32LE(number, WATCH.netns + 4 * side);
  return batchText([mapUpdate(ANATOMY[wish.level], "tg_an_watch", uint32(0), watch)]);
}

export interface AnatomyMaps {
  readonly watch: Buffer;
  readonly segments: readonly Buffer[];
}

export async function readMaps(level: StampLevel): Promise<AnatomyMaps> {
  const { maps } = ANATOMY[level];
  const dump = batchText(["tg_an_watch", "tg_an_segment"].map((map) => `map dump pinned ${maps}/${map}`));
  const printed = await runProgram(["bpftool", "--json", "batch", "file", "-"], dump);
  const [watches, segments] = JSON.parse(printed) as readonly { readonly output: MapDump }[];
  return {
    watch: bytes(watches?.output[0]?.value ?? []),
    segments: (segments?.output ?? []).map(({ value }) => bytes(value)),
  };
}

/** What was booked between two readings: histograms only grow. @throws Fault when they are not those of the level */
export function stampsBetween(level: StampLevel, before: AnatomyMaps, { watch, segments }: AnatomyMaps): StampReading {
  const [wire, ...rest] = segments.map((segment, place) => segmentBetween(before.segments[place], segment));
  if (wire === undefined || rest.length !== PLACES[level].length - 1) {
    throw new Fault({ fact: "the time stamps cannot be read", seen: `${rest.length} segments` });
  }
  const read = (at: number): number => Number(watch.readBigUInt64LE(at));
  return { booked: read(WATCH.booked), abandoned: read(WATCH.abandoned), wire, segments: rest };
}

/** struct segment: calls, their sum, and 64 steps to each power of two. */
const BUCKETS_AT = 16;
const STEPS = 64;
const BUCKETS = STEPS + 18 * STEPS;

function segmentBetween(before: Buffer | undefined, after: Buffer): SegmentReading {
  const moved = (read: (segment: Buffer) => number): number => read(after) - (before === undefined ? 0 : read(before));
  const calls = moved((segment) => Number(segment.readBigUInt64LE(0)));
  const buckets = Array.from({ length: BUCKETS }, (_, i) =>
    moved((segment) => segment.readUInt32LE(BUCKETS_AT + 4 * i)),
  );
  return { calls, sumNs: moved((segment) => Number(segment.readBigUInt64LE(8))), p50Ns: medianOf(buckets, calls) };
}

/** Within its bucket, values are taken to lie evenly; the first buckets hold one value each. */
export function medianOf(buckets: readonly number[], calls: number): number {
  let below = 0;
  for (const [index, inside] of buckets.entries()) {
    if (inside > 0 && below + inside >= calls / 2) {
      const width = widthOf(index);
      return lowestOf(index) + (width === 1 ? 0 : width * ((calls / 2 - below) / inside));
    }
    below += inside;
  }
  return 0;
}

const powerOf = (index: number): number => Math.max(0, Math.floor(index / STEPS) - 1);
const widthOf = (index: number): number => 2 ** powerOf(index);
const lowestOf = (index: number): number => (index < STEPS ? index : (STEPS + (index % STEPS)) * 2 ** powerOf(index));

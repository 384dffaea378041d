/**
 * The maps of the experimental program l7-kernel (bpf/l7-state.h) beyond those of the L4 look-up: what paths look like
 * on the wire, which identity may call which method, and what was counted. Layouts here and in the C file must agree;
 * the lab test that loads the program holds the two together.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { huffmanEncode, huffmanEncodedBytes } from "../../loadgen/http2/huffman.js";
import { nearestWord } from "../../loadgen/nearest-word.js";
import { PAYMENTS_METHODS, PAYMENTS_SERVICE } from "../../proto/payments.js";
import type { KernelCounters } from "../../results/path-counters.js";
import { fillerMethods } from "../../scenarios/access-policy.js";
import { KERNEL_ACTIONS, type AccessPolicy, type KernelAction, type KernelRules } from "../../scenarios/scenario.js";
import { KNOWN_CALLERS, type RoadPlan } from "./address-plan.js";
import { batchText, bytes, mapUpdate, sum, uint32, type MapDump } from "./bpf-map-text.js";
import { mapTooSmall } from "./map-fill.js";
import { identitiesOf, l4Entries, type PinnedProgram } from "./policy-map.js";
import { poisonOf } from "./path-poison.js";

export const L7_KERNEL_PROGRAM: PinnedProgram = {
  object: "bench/lab/bpf/l7-kernel.bpf.o",
  program: "/sys/fs/bpf/tollgate/l7-kernel",
  maps: "/sys/fs/bpf/tollgate/l7-maps",
};

/** As in l7-state.h. */
const PATH_BYTES = 64;
const MOST_METHOD_ENTRIES = 256;
const MOST_RULES = 1024;
const FIRST_METHOD = 2;

/** Roads whose methods the program judges. */
export function judgedInKernel(roads: readonly RoadPlan[]): (RoadPlan & { readonly rules: KernelRules })[] {
  return roads.flatMap((road) => {
    const { policy, kernel } = road.scenario.road;
    return policy === "l7-kernel" && kernel !== undefined ? [{ ...road, rules: kernel }] : [];
  });
}

/**
 * One `bpftool batch` that fills the maps for every road.
 * @throws Fault for a method that the service does not have, a path too long, or more than a map holds.
 */
export function l7KernelBatch(roads: readonly RoadPlan[]): string {
  const judged = judgedInKernel(roads);
  const methods = [...PAYMENTS_METHODS, ...new Set(judged.flatMap(({ rules }) => fillerMethods(rules.access)))];
  const entries = methods.flatMap((method, index) => methodEntries(method, FIRST_METHOD + index));
  const rules = judged.flatMap((road) => ruleEntries(road, methods));
  requireRoom("tg_l7_method", entries.length, MOST_METHOD_ENTRIES);
  requireRoom("tg_l7_rule", rules.length, MOST_RULES);
  return batchText([
    ...judged.flatMap((road) => l4Entries(road, L7_KERNEL_PROGRAM)),
    ...entries,
    ...rules,
    ...judged.flatMap((road) => [...actionEntries(road, road.rules.action), ...counterEntries(road)]),
  ]);
}

/** What becomes of refused calls on one road from now on. */
export function actionBatch(road: RoadPlan, action: KernelAction): string {
  return batchText(actionEntries(road, action));
}

/** One `bpftool -j batch` that reads what was counted. */
export const L7_COUNTERS_BATCH = batchText(
  ["tg_l7_rule", "tg_l7_count"].map((map) => `map dump pinned ${L7_KERNEL_PROGRAM.maps}/${map}`),
);

/** A map with one value per CPU, as `bpftool -j map dump` prints it. */
export type PerCpuDump = readonly {
  readonly key: readonly string[];
  readonly values: readonly { readonly value: readonly string[] }[];
}[];

/** struct l7_counters, in its order. */
const COUNTERS = [
  ...(["packets", "allowed", "denied", "unjudged", "outOfOrder", "retransmitted"] as const),
  ...(["raw", "huffman", "indexed", "split", "dropped", "reset", "rewritten"] as const),
  ...(["judged", "notHttp2", "blockTooLong", "noSuchEntry", "undecidableInsertion", "malformed"] as const),
  ...(["tooManyPieces", "unknownConnection"] as const),
];
export type L7Counters = Readonly<Record<(typeof COUNTERS)[number], number>>;

/** Of one road, all CPUs and callers together. */
export function l7CountersOf(road: RoadPlan, dump: PerCpuDump): L7Counters {
  const identities = identitiesOf(road);
  const values = dump
    .filter(({ key }) => identities.includes(bytes(key).readUInt32LE(0)))
    .flatMap((entry) => entry.values.map(({ value }) => bytes(value)));
  return Object.fromEntries(
    COUNTERS.map((name, index) => [name, sum(values.map((value) => value.readBigUInt64LE(8 * index)))]),
  ) as Record<(typeof COUNTERS)[number], number>;
}

/** What a path proof rests on. */
export function kernelCountersOf(road: RoadPlan, rules: MapDump, counts: PerCpuDump): KernelCounters {
  const identities = identitiesOf(road);
  const hits = new Map<string, number>();
  for (const { key, value } of rules) {
    const method = PAYMENTS_METHODS[bytes(key).readUInt32LE(4) - FIRST_METHOD];
    if (method === undefined || !identities.includes(bytes(key).readUInt32LE(0))) continue;
    hits.set(method, (hits.get(method) ?? 0) + sum([bytes(value).readBigUInt64LE(0)]));
  }
  const { denied, unjudged, outOfOrder, retransmitted } = l7CountersOf(road, counts);
  return { hits: Object.fromEntries(hits), denied, unjudged, outOfOrder, retransmitted };
}

/** struct method_key → struct method, for both forms in which HPACK can write the path. */
function methodEntries(method: string, number: number): string[] {
  const path = `/${PAYMENTS_SERVICE}/${method}`;
  const poisoned = poisonOf(path);
  const forms = [
    { huffman: 0, write: (text: string): Buffer => Buffer.from(text, "latin1") },
    { huffman: 1, write: huffmanBytes },
  ];
  const entries = forms.flatMap(({ huffman, write }) => {
    const text = write(path);
    if (text.length > PATH_BYTES) return [];
    const key = Buffer.alloc(4 + PATH_BYTES);
    key.writeUInt8(text.length, 0);
    key.writeUInt8(huffman, 1);
    text.copy(key, 4);
    return [
      mapUpdate(
        L7_KERNEL_PROGRAM,
        "tg_l7_method",
        key,
        methodValue(number, text, poisoned === null ? null : write(poisoned)),
      ),
    ];
  });
  if (entries.length === forms.length) return entries;
  throw new Fault({
    fact: `the path ${path} is too long to be judged in the kernel`,
    expected: `at most ${PATH_BYTES} bytes on the wire, raw and in Huffman's code`,
    so: "every call of this method would be refused",
    exitCode: EXIT.usage,
  });
}

/** Number, and the one or two bytes that make it a path nobody knows; none where no such path was found. */
function methodValue(number: number, text: Buffer, poisoned: Buffer | null): Buffer {
  const value = Buffer.alloc(8);
  value.writeUInt8(number, 0);
  if (poisoned === null) return value;
  const differing = [...text.keys()].filter((at) => text[at] !== poisoned[at]);
  const first = differing[0] ?? 0;
  const end = (differing.at(-1) ?? 0) + 1;
  value.writeUInt8(first, 1);
  value.writeUInt8(end - first, 2);
  poisoned.copy(value, 4, first, end);
  return value;
}

function huffmanBytes(text: string): Buffer {
  const into = Buffer.alloc(huffmanEncodedBytes(text));
  huffmanEncode(text, into, 0);
  return into;
}

function ruleEntries(
  { rules, ...road }: RoadPlan & { readonly rules: KernelRules },
  methods: readonly string[],
): string[] {
  return allowedPairs(rules.access).map(({ caller, method }) => {
    const number = methods.indexOf(method);
    if (number < 0) throw unknownMethod(road.scenario.name, method, methods);
    const identity = identitiesOf(road)[KNOWN_CALLERS.indexOf(caller)] ?? 0;
    const key = Buffer.concat([uint32(identity), uint32(FIRST_METHOD + number)]);
    return mapUpdate(L7_KERNEL_PROGRAM, "tg_l7_rule", key, Buffer.alloc(8));
  });
}

/** Filler rules are given to the first caller: they are there to fill the map. */
function allowedPairs(access: AccessPolicy): { caller: (typeof KNOWN_CALLERS)[number]; method: string }[] {
  const named = access.rules.flatMap(({ caller, methods }) => methods.map((method) => ({ caller, method })));
  return [...named, ...fillerMethods(access).map((method) => ({ caller: KNOWN_CALLERS[0], method }))];
}

function unknownMethod(road: string, method: string, methods: readonly string[]): Fault {
  const nearest = nearestWord(method, methods);
  return new Fault({
    fact: `the policy of ${road} names the method "${method}", which ${PAYMENTS_SERVICE} does not have`,
    expected: `one of ${PAYMENTS_METHODS.join(", ")}`,
    so: "a program that compares paths would never let it through",
    try: nearest === null ? "tollgate scenarios show l7-kernel" : `did you mean "${nearest}"?`,
    exitCode: EXIT.usage,
  });
}

function actionEntries(road: RoadPlan, action: KernelAction): string[] {
  const value = uint32(KERNEL_ACTIONS.indexOf(action));
  return identitiesOf(road).map((identity) => mapUpdate(L7_KERNEL_PROGRAM, "tg_l7_action", uint32(identity), value));
}

/** bpftool writes the one value for every CPU. */
function counterEntries(road: RoadPlan): string[] {
  const zeros = Buffer.alloc(8 * COUNTERS.length);
  return identitiesOf(road).map((identity) => mapUpdate(L7_KERNEL_PROGRAM, "tg_l7_count", uint32(identity), zeros));
}

function requireRoom(map: string, entries: number, most: number): void {
  if (entries > most) throw mapTooSmall({ map, most, seen: `${entries}` });
}

/**
 * The places that a call passes, by level of the anatomy, and the segments between them: what each is called, and who has
 * the call meanwhile.
 */
import type { Scenario } from "../scenarios/scenario.js";

/**
 * In the order in which a call meets them, as the programs in bench/lab/bpf number them. `tc` stamps packets at the eight
 * ends of the links; `full` also when a process sends, when data lies ready for it, when it runs again and has read.
 */
export const PLACES = {
  tc: [
    ...(["caller-out", "node-in", "node-out", "server-in"] as const),
    ...(["server-out", "node-in-back", "node-out-back", "caller-in"] as const),
  ],
  full: [
    ...(["caller-send", "caller-out", "node-in"] as const),
    ...(["envoy-ready", "envoy-run", "envoy-read", "envoy-write", "node-out"] as const),
    ...(["server-in", "server-ready", "server-run", "server-read", "server-write", "server-out"] as const),
    ...(["node-in-back", "envoy-ready-back", "envoy-run-back", "envoy-read-back", "envoy-write-back"] as const),
    ...(["node-out-back", "caller-in", "caller-ready", "caller-run", "caller-read"] as const),
  ],
} as const;

export type StampLevel = keyof typeof PLACES;
export type Place = (typeof PLACES)[StampLevel][number];

/** What is stamped. Level tc knows nothing of wake-ups. */
export interface StampWish {
  readonly level: StampLevel;
  /** Where a woken process first runs again as well: costs most, since it is looked at on every switch of every CPU. */
  readonly wakeUps: boolean;
}

/** Who has the call; `scheduler`: a process that is woken and does not run yet. */
export type Owner = "caller" | "kernel" | "scheduler" | "envoy" | "server";

export interface SegmentName {
  /** Of the place at its end. */
  readonly at: number;
  readonly name: string;
  readonly owner: Owner;
}

/** The segments of a road, in order. */
export function segmentsOf({ road }: Scenario, wish: StampWish): SegmentName[] {
  const passed = placesOf({ road }, wish);
  const names = wish.level === "tc" ? tcNames(road) : fullNames(road, wish.wakeUps);
  return PLACES[wish.level].flatMap((place: Place, at) => {
    const found = names[place];
    return at === 0 || found === undefined || !passed.has(place) ? [] : [{ at, name: found[0], owner: found[1] }];
  });
}

/** Those that a call of this road passes; `mayBeMissed`: only when a process had to be woken. */
export function placesOf({ road }: Pick<Scenario, "road">, { level, wakeUps }: StampWish): ReadonlySet<Place> {
  const isProxied = road.proxy.kind !== "none";
  return new Set(
    PLACES[level].filter((place) => (isProxied || !place.startsWith("envoy-")) && (wakeUps || !mayBeMissed(place))),
  );
}

/** A process that runs already is not woken. */
export function mayBeMissed(place: Place): boolean {
  return /-run(-back)?$/.test(place);
}

type Names = Readonly<Partial<Record<Place, readonly [name: string, owner: Owner]>>>;

const judgedBy = ({ policy }: Scenario["road"]): string => (policy === "none" ? "forwarding" : "policy, forwarding");

/** What tc cannot see apart is in the segment of whoever does most of it. */
function tcNames(road: Scenario["road"]): Names {
  const isProxied = road.proxy.kind !== "none";
  return {
    ...LINKS,
    "node-out": isProxied ? ["Envoy, request", "envoy"] : [`node: ${judgedBy(road)}`, "kernel"],
    "server-out": ["server", "server"],
    "node-out-back": isProxied ? ["Envoy, answer", "envoy"] : ["node: forwarding back", "kernel"],
  };
}

function fullNames(road: Scenario["road"], wakeUps: boolean): Names {
  const isProxied = road.proxy.kind !== "none";
  const reads = (who: string): string => (wakeUps ? `${who} reads` : `${who} wakes up, reads`);
  return {
    ...LINKS,
    "caller-out": ["caller's TCP, sending", "kernel"],
    "envoy-ready": ["policy, redirect, Envoy's TCP", "kernel"],
    "envoy-run": ["Envoy wakes up", "scheduler"],
    "envoy-read": [reads("Envoy"), "envoy"],
    "envoy-write": ["Envoy, request", "envoy"],
    "node-out": isProxied ? ["Envoy's TCP, sending", "kernel"] : [`node: ${judgedBy(road)}`, "kernel"],
    "server-ready": ["server's TCP", "kernel"],
    "server-run": ["server wakes up", "scheduler"],
    "server-read": [reads("server"), "server"],
    "server-write": ["server handles the call", "server"],
    "server-out": ["server's TCP, sending", "kernel"],
    "envoy-ready-back": ["Envoy's TCP, answer", "kernel"],
    "envoy-run-back": ["Envoy wakes up again", "scheduler"],
    "envoy-read-back": [`${reads("Envoy")} the answer`, "envoy"],
    "envoy-write-back": ["Envoy, answer", "envoy"],
    "node-out-back": isProxied ? ["Envoy's TCP, sending back", "kernel"] : ["node: forwarding back", "kernel"],
    "caller-ready": ["caller's TCP, answer", "kernel"],
    "caller-run": ["caller wakes up", "scheduler"],
    "caller-read": [reads("caller"), "caller"],
  };
}

/** Between two veth ends of one pair nothing happens but the kernel's hand-over. */
const LINKS = {
  "node-in": ["caller's link", "kernel"],
  "server-in": ["server's link", "kernel"],
  "node-in-back": ["server's link, back", "kernel"],
  "caller-in": ["caller's link, back", "kernel"],
} as const satisfies Names;

/**
 * The programs that stamp a call's way: loaded once, attached for one trial at a time to one road, armed when the
 * connection stands and is primed, read when the trial is over. Level tc (bpf/anatomy.bpf.c) has filters at the eight
 * link ends; level full (bpf/anatomy-full.bpf.c) tracepoints as well, which not every kernel has.
 */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { Fault } from "../../loadgen/fault.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { resourcePath } from "../../proto/package-root.js";
import type { StampReading } from "../../results/anatomy-record.js";
import type { StampLevel, StampWish } from "../../results/anatomy-segments.js";
import type { RoadPlan } from "./address-plan.js";
import { ANATOMY, armBatch, readMaps, stampsBetween, type AnatomyMaps, type SideNamespaces } from "./anatomy-maps.js";
import { heldThroughout, letGo } from "./bpf-holder.js";
import { batchText } from "./bpf-map-text.js";
import { CLIENT_NAMESPACE, inNamespace, SERVER_NAMESPACE } from "./network.js";
import { runProgram, type Command, type LineProcess } from "./processes.js";
import { attachTracing } from "./tracing-links.js";

/** Before any policy, so that the segment that ends behind the policy holds it. */
const PREFERENCE = 1;

interface Attached {
  readonly road: RoadPlan;
  readonly wish: StampWish;
  /** Holds the tracepoints of level full. */
  readonly tracing: LineProcess | null;
}

export class Stamps {
  /** Links that have a place for filters already, by the policy or by an earlier trial. */
  readonly #places = new Set<string>();
  readonly #loaded = new Set<StampLevel>();
  /** What carries the filters now: a trial that failed leaves them there. */
  #attached: Attached | null = null;
  /** What the maps held before this trial. */
  #before: AnatomyMaps | null = null;

  /** @throws Fault where this kernel does not take the programs of that level */
  async load(level: StampLevel): Promise<void> {
    if (this.#loaded.has(level)) return;
    const { object, program, maps } = ANATOMY[level];
    await runProgram(["bpftool", "prog", "loadall", resourcePath(object), program, "pinmaps", maps]);
    this.#loaded.add(level);
  }

  /**
   * Attaches to one road; nothing is booked before it is armed.
   * @throws Fault for a plan with more than one call in flight, or where the programs cannot be loaded or attached
   */
  async attach(road: RoadPlan, plan: LoadPlan, wish: StampWish): Promise<void> {
    requireOneInFlight(plan);
    await this.load(wish.level);
    await this.#remove();
    this.#before = await readMaps(wish.level);
    this.#attached = { road, wish, tracing: null };
    for (const [end, tc] of endsOf(road)) {
      const fresh = end.links.filter((link) => !this.#places.has(link) && !hasPolicyPlace(road, link));
      const places = fresh.map((link) => `qdisc add dev ${link} clsact`);
      await runProgram(tc, batchText([...places, ...filters(end, "add", ANATOMY[wish.level].program)]));
      for (const link of fresh) this.#places.add(link);
    }
    if (wish.level === "full") {
      this.#attached = { road, wish, tracing: await attachTracing(tracingPrograms(wish)) };
    }
  }

  /** At once, within the event that tells that the connection is primed: the warm-up follows 50 ms later. */
  arm(): void {
    if (this.#attached === null) throw new Error("armed before anything was attached");
    const { road, wish } = this.#attached;
    const [program, ...args] = ["bpftool", "batch", "file", "-"] as const;
    const input = armBatch(road, wish, sideNamespaces());
    const { status, stderr } = spawnSync(program, args, { input, encoding: "utf8" });
    if (status !== 0) throw new Fault({ fact: "the time stamps cannot be armed", seen: stderr.trim() });
  }

  /** Processes without which nothing is stamped at some of the places; none while nothing is attached. */
  get holders(): readonly LineProcess[] {
    const tracing = this.#attached?.tracing ?? null;
    return tracing === null ? [] : [tracing];
  }

  /** @throws Fault when the holder of the tracepoints ended before */
  async detach(): Promise<StampReading> {
    if (this.#attached === null || this.#before === null) throw new Error("detached before anything was attached");
    const { level } = this.#attached.wish;
    this.holders.forEach(heldThroughout);
    await this.#remove();
    return stampsBetween(level, this.#before, await readMaps(level));
  }

  async #remove(): Promise<void> {
    if (this.#attached === null) return;
    const { road, wish, tracing } = this.#attached;
    if (tracing !== null) await letGo(tracing);
    for (const [end, tc] of endsOf(road)) {
      await runProgram(tc, batchText(filters(end, "del", ANATOMY[wish.level].program)));
    }
    this.#attached = null;
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

function tracingPrograms({ level, wakeUps }: StampWish): string[] {
  const names = ["send", "ready", "read", ...(wakeUps ? ["switch"] : [])];
  return names.map((name) => `${ANATOMY[level].program}/tg_an_${name}`);
}

/** As the kernel numbers them: the inode of the file by which a namespace is entered. */
function sideNamespaces(): SideNamespaces {
  const numberOf = (path: string): number => statSync(path).ino;
  return [
    numberOf(`/run/netns/${CLIENT_NAMESPACE}`),
    numberOf("/proc/self/ns/net"),
    numberOf(`/run/netns/${SERVER_NAMESPACE}`),
  ];
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

function filters({ filters: all }: End, verb: "add" | "del", programs: string): string[] {
  return all.map(([link, direction, place]) => {
    const filter = `filter ${verb} dev ${link} ${direction} pref ${PREFERENCE}`;
    return verb === "del" ? filter : `${filter} bpf direct-action object-pinned ${programs}/tg_an_${place}`;
  });
}

function hasPolicyPlace({ scenario, links }: RoadPlan, link: string): boolean {
  return scenario.road.policy !== "none" && link === links.nodeToClient.name;
}

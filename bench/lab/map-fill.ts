/**
 * Fills the maps of a pinned program. What does not fit is told by the map that is full and with the way out: bpftool
 * itself says neither which map it was nor how much it holds.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { runProgram } from "./processes.js";

/**
 * @param batch updates of pinned maps (bpf-map-text.ts)
 * @throws Fault that names the full map, or with bpftool's last words
 */
export async function fillMaps(batch: string): Promise<void> {
  try {
    await runProgram(["bpftool", "batch", "file", "-"], batch);
  } catch (error) {
    const seen = error instanceof Fault ? (error.text.seen ?? "") : "";
    if (!seen.includes(NO_ROOM)) throw error;
    for (const path of new Set(Array.from(batch.matchAll(/^map update pinned (\S+)/gm), ([, path = ""]) => path))) {
      const most = await mostWhereFull(path);
      if (most !== null) throw mapTooSmall({ map: path.slice(path.lastIndexOf("/") + 1), most, seen: NO_MORE });
    }
    throw error;
  }
}

export interface SmallMap {
  readonly map: string;
  /** Entries that it holds. */
  readonly most: number;
  readonly seen: string;
}

/** Rules are many on one road, everything else is one entry per road and caller. */
export function mapTooSmall({ map, most, seen }: SmallMap): Fault {
  const ofRules = map === "tg_l7_method" || map === "tg_l7_rule";
  return new Fault({
    fact: `the map ${map} is too small for this policy`,
    expected: `at most ${most} entries`,
    seen,
    so: `${ofRules ? "rules" : "callers"} that do not fit would ${ofRules ? "refuse what they should allow" : "be refused"}`,
    try: ofRules ? "fewer rules; Envoy's road l7 has no such limit" : "fewer roads at once: --roads",
    exitCode: EXIT.usage,
  });
}

/** E2BIG, as bpftool prints it: bpf(2) says so of a map that has all the entries it can have. */
const NO_ROOM = "Argument list too long";
const NO_MORE = "the kernel takes no further one (E2BIG)";

/** Null where there is room. Arrays have all their entries from the beginning, and take no new ones. */
async function mostWhereFull(path: string): Promise<number | null> {
  const shown = await runProgram(["bpftool", "--json", "map", "show", "pinned", path]);
  const { type, max_entries } = JSON.parse(shown) as { readonly type: string; readonly max_entries: number };
  if (!type.endsWith("hash")) return null;
  const held = JSON.parse(await runProgram(["bpftool", "--json", "map", "dump", "pinned", path])) as readonly unknown[];
  return held.length >= max_entries ? max_entries : null;
}

/**
 * Which level of stamps this kernel takes: level full needs tracepoints that came late, and where they are not there an
 * anatomy falls back to level tc and says why.
 */
import { Fault } from "../../loadgen/fault.js";
import type { StampLevel } from "../../results/anatomy-segments.js";
import type { Stamps } from "./anatomy-program.js";
import { refusalText } from "./l7-kernel-program.js";

/** Which Linux brought each; sched_switch is older than eBPF itself. */
const TRACEPOINTS: Readonly<Record<string, string>> = {
  tcp_sendmsg_locked: "6.16",
  sock_recv_length: "6.3",
  sk_data_ready: "6.2",
};

export interface StampLevelAnswer {
  readonly level: StampLevel;
  /** Why it is not the one that was asked for; null when it is. */
  readonly notice: string | null;
}

/** Loads what was asked for, or else level tc. @throws Fault where not even that can be loaded */
export async function loadStamps(stamps: Pick<Stamps, "load">, asked: StampLevel): Promise<StampLevelAnswer> {
  try {
    await stamps.load(asked);
    return { level: asked, notice: null };
  } catch (error) {
    if (asked === "tc" || !(error instanceof Fault)) throw error;
    await stamps.load("tc");
    return { level: "tc", notice: `level full cannot be had here, level tc is taken instead: ${obstacleText(error)}` };
  }
}

function obstacleText(fault: Fault): string {
  return missingTracepoint(fault.text.seen ?? "") ?? refusalText(fault);
}

/** From what bpftool printed: libbpf says which tracepoint it did not find. Null where it is something else. */
export function missingTracepoint(printed: string): string | null {
  const missing = /failed to find kernel BTF type ID of '(\w+)'/.exec(printed)?.[1];
  if (missing === undefined) return null;
  const since = TRACEPOINTS[missing];
  return `this kernel has no tracepoint ${missing}${since === undefined ? "" : `, which came with Linux ${since}`}`;
}

/**
 * What bpf(2) makes lives as long as its file descriptor, so a process that holds one is all it takes: nothing has to be
 * turned off again, however the lab dies. Node has no bpf(2); perl, which every Debian has (perl-base is essential), has
 * syscall(). So nothing has to be compiled.
 */
import { Fault, type FaultText } from "../../loadgen/fault.js";
import { orKilled } from "../or-killed.js";
import { diedMidway } from "./guarded-load.js";
import { startProcess, type LineProcess } from "./processes.js";

/** bpf(2)'s number: asm/unistd_64.h and asm-generic/unistd.h. */
const SYS_BPF: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

export interface Holding {
  /** For people: `the holder of the tracepoints`. */
  readonly name: string;
  /** Perl: finds bpf(2)'s number in $ARGV[0] and `args` behind it, and dies with a reason when something is refused. */
  readonly script: string;
  readonly args?: readonly string[];
  /** What to say then. */
  readonly refused: Omit<FaultText, "seen">;
}

/**
 * @returns the process that holds what the script made: it ends with its stdin
 * @throws Fault where there is no perl or the kernel refuses
 */
export async function holdByBpf({ name, script, args = [], refused }: Holding): Promise<LineProcess> {
  let made = (): void => undefined;
  const started = new Promise<void>((resolve) => (made = resolve));
  const holder = await startProcess({
    name,
    command: ["perl", "-e", script + HOLD, String(SYS_BPF[process.arch] ?? 0), ...args],
    onMessage: () => made(),
  });
  const early = await Promise.race([started.then(() => null), holder.ended]);
  if (early === null) return holder;
  throw new Fault({ ...refused, seen: early.stderr });
}

/** @throws Fault when the process has ended already, and what it held with it */
export function heldThroughout({ name, end }: LineProcess): void {
  if (end !== null) throw diedMidway(name, end);
}

/** Resolves when what the process held is gone; one that is stopped does not heed the end of its input. */
export async function letGo(holder: LineProcess): Promise<void> {
  holder.closeInput();
  await orKilled(holder, POLITE_MS, holder.ended);
}

const POLITE_MS = 1000;

const HOLD = `
$| = 1;
print "true\\n";
<STDIN>;
`;

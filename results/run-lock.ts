/**
 * One writer per run. A lock is a file that names the process holding it; a lock whose process is gone is taken over.
 *
 * Easy to get wrong: a process id alone is not a name, ids are given out again; with its start time and the boot it is
 * one. And two processes may find the same dead lock at once: only the one that creates the marker beside it may
 * replace it, and it looks again after it has the marker.
 */
import { randomUUID } from "node:crypto";
import { link, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { EXIT, Fault } from "../loadgen/fault.js";

/** A process, told apart from every other on this and other machines. */
export interface LockHolder {
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly startedTicks: string;
  readonly boot: string;
  readonly pidNamespace: string;
  readonly host: string;
}

export interface RunLock {
  release(): Promise<void>;
}

/**
 * Takes the lock at `path`, taking over that of a process that has ended.
 * @throws Fault while another process writes the run
 */
export async function lockRun(path: string): Promise<RunLock> {
  const me = await holderOf(process.pid);
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(me));
  try {
    await link(mine, path);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
    await takeOver(path, mine);
  } finally {
    await rm(mine, { force: true });
  }
  let held = true;
  return {
    release: async () => {
      // Once only: the next file of this name is another process's lock.
      if (held) await rm(path, { force: true });
      held = false;
    },
  };
}

async function takeOver(path: string, mine: string): Promise<void> {
  const marker = `${path}.takeover`;
  await refuseIfHeld(path);
  try {
    await writeFile(marker, String(process.pid), { flag: "wx" });
  } catch (error) {
    if (isCode(error, "EEXIST")) throw heldBy(marker, "a process that is taking over the lock of one that ended");
    throw error;
  }
  try {
    await refuseIfHeld(path);
    await rename(mine, path);
  } finally {
    await rm(marker, { force: true });
  }
}

/** Returns when the lock may be replaced: torn by a crash, or of a process that has ended. */
async function refuseIfHeld(path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => "");
  const holder = parseHolder(text);
  if (holder === null) return;
  const me = await holderOf(process.pid);
  if (holder.host !== me.host || holder.pidNamespace !== me.pidNamespace) {
    throw heldBy(path, `process ${holder.pid} on ${holder.host}, which cannot be seen from here`);
  }
  if (holder.boot !== me.boot) return;
  const now = await holderOf(holder.pid).catch(() => null);
  if (now !== null && now.startedTicks === holder.startedTicks) throw heldBy(path, `process ${holder.pid}`);
}

function heldBy(path: string, who: string): Fault {
  return new Fault({
    fact: "the run is being written by another process",
    expected: "one writer at a time",
    seen: who,
    so: "nothing was written",
    try: `wait for it to end; if it cannot be running any more, delete ${path}`,
    exitCode: EXIT.fault,
  });
}

/** @throws Error (ENOENT) when there is no such process. */
async function holderOf(pid: number): Promise<LockHolder> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The second field is a program's name and may hold spaces and brackets: fields are counted from its last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    pid,
    startedTicks: fields[STARTTIME] ?? "",
    boot: (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim(),
    pidNamespace: await readlink("/proc/self/ns/pid"),
    host: hostname(),
  };
}

/** proc(5): starttime is field 22; field 3 is the first after the name. */
const STARTTIME = 22 - 3;

function parseHolder(text: string): LockHolder | null {
  try {
    const holder = JSON.parse(text) as LockHolder;
    return typeof holder.pid === "number" && typeof holder.startedTicks === "string" ? holder : null;
  } catch {
    return null;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * A lab's name, held for as long as its process lives. Two labs on one machine take CPU time from each other, so a
 * second one must be asked for by a name of its own (`--lab-id`).
 *
 * The name is an abstract unix socket (unix(7)): the kernel frees it with the process, however that dies, so that no
 * stale lock file can exist.
 */
import { createServer, type Server } from "node:net";
import { readFile } from "node:fs/promises";
import { EXIT, Fault } from "../../loadgen/fault.js";

const PREFIX = "tollgate-lab-";
const WELL_FORMED = /^[a-z0-9][a-z0-9-]{0,30}$/;

export interface HeldName extends AsyncDisposable {
  readonly labId: string;
}

/** @throws Fault when the name is taken (fault) or cannot be one (usage). */
export async function holdLabName(labId: string): Promise<HeldName> {
  if (!WELL_FORMED.test(labId)) {
    throw new Fault({
      fact: `"${labId}" cannot be a lab's name`,
      expected: "lower-case letters, digits and hyphens, 31 at most",
      try: "--lab-id second",
      exitCode: EXIT.usage,
    });
  }
  const socket = createServer((connection) => connection.destroy());
  await listen(socket, labId);
  socket.unref();
  return {
    labId,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The names of all labs that stand on this machine now, from /proc/net/unix. */
export async function standingLabs(): Promise<string[]> {
  return labNames(await readFile("/proc/net/unix", "utf8"));
}

/** An abstract name is shown with an `@` in place of its first, zero byte. */
export function labNames(procNetUnix: string): string[] {
  return [...procNetUnix.matchAll(new RegExp(`@${PREFIX}([a-z0-9-]+)`, "g"))].map((match) => match[1] ?? "");
}

function listen(socket: Server, labId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? nameTaken(labId) : error);
    });
    socket.listen(`\0${PREFIX}${labId}`, resolve);
  });
}

function nameTaken(labId: string): Fault {
  return new Fault({
    fact: `a lab named "${labId}" stands on this machine already`,
    expected: "one lab at a time: two take CPU time from each other, and the numbers of both suffer",
    so: "no second one was started",
    try: "wait for it, or --lab-id NAME to have two side by side",
  });
}

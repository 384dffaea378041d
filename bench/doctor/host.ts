/**
 * The machine as the doctor sees it. Everything goes through this interface, so that a test can be a machine on which
 * something lacks.
 */
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { runCommand, type RunCommand } from "../shell.js";

export interface DoctorHost {
  readonly uid: number;
  readonly arch: string;
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunCommand;
  /** Null when the file is not there or may not be read. */
  readonly read: (path: string) => Promise<string | null>;
  /** The kernel's build configuration; null when it is kept nowhere. */
  readonly kernelConfig: () => Promise<string | null>;
}

export function thisHost(env: NodeJS.ProcessEnv): DoctorHost {
  return { uid: process.getuid?.() ?? 0, arch: process.arch, env, run: runCommand, read, kernelConfig };
}

/** As the lab will look for it: main.ts has put the sbin folders into PATH. */
export async function isOnPath(program: string, host: DoctorHost): Promise<boolean> {
  const { exitCode } = await host.run("sh", ["-c", 'command -v "$1"', "sh", program], { env: host.env });
  return exitCode === 0;
}

async function kernelConfig(): Promise<string | null> {
  const packed = await readFile("/proc/config.gz").catch(() => null);
  if (packed !== null) return (await promisify(gunzip)(packed)).toString();
  const release = (await read("/proc/sys/kernel/osrelease"))?.trim() ?? "";
  return read(`/boot/config-${release}`);
}

async function read(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

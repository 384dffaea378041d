/**
 * One running Envoy: written its bootstrap, started on its CPUs, and live before anyone calls through it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../../loadgen/fault.js";
import { EnvoyAdmin } from "./envoy-admin.js";
import { envoyConfig, type EnvoyConfigOptions, type ProxiedRoad } from "./envoy-config.js";
import { cpuList } from "./placement.js";
import { howItEnded, startProcess, type LineProcess } from "./processes.js";
import type { EnvoyOrder } from "./supervisor-protocol.js";

export interface EnvoyLaunch {
  readonly envoy: EnvoyOrder;
  readonly roads: readonly ProxiedRoad[];
  readonly options: Omit<EnvoyConfigOptions, "adminSocket">;
  readonly cpus: readonly number[];
  readonly concurrency: number;
  /** Private to the lab. */
  readonly folder: string;
}

export interface RunningEnvoy {
  readonly launch: EnvoyLaunch;
  readonly process: LineProcess;
  readonly admin: EnvoyAdmin;
}

/** `Envoy 1.37.0` */
export function envoyTitle(envoy: EnvoyOrder): string {
  return `Envoy ${envoy.version}`;
}

/** Resolves when Envoy is live. @throws Fault with its own last words when it ends before that. */
export async function startEnvoy(launch: EnvoyLaunch): Promise<RunningEnvoy> {
  const name = launch.envoy.name ?? "default";
  const adminSocket = join(launch.folder, `envoy-${name}.sock`);
  const configPath = join(launch.folder, `envoy-${name}.json`);
  const config = envoyConfig(launch.roads, { ...launch.options, adminSocket });
  await writeFile(configPath, JSON.stringify(config), { mode: 0o600 });
  const process = await startProcess({
    name: `envoy ${name}`,
    command: [
      ...(["taskset", "--cpu-list", cpuList(launch.cpus)] as const),
      ...[launch.envoy.path, "--config-path", configPath, "--concurrency", String(launch.concurrency)],
      ...["--disable-hot-restart", "--log-level", "error"],
    ],
  });
  const running = { launch, process, admin: new EnvoyAdmin(adminSocket) };
  await untilLive(running);
  await requireVersion(running);
  return running;
}

/** Resolves when it is gone, with its listeners: another one may take its ports. */
export async function endEnvoy({ admin, process }: RunningEnvoy): Promise<void> {
  admin.close();
  if (process.end === null) process.kill();
  await process.ended;
}

/** What runs must be what was asked for: everything that is said of a version rests on it. */
async function requireVersion({ launch, admin }: RunningEnvoy): Promise<void> {
  const version = await admin.version();
  if (version === launch.envoy.version) return;
  throw new Fault({
    fact: `${launch.envoy.path} is another Envoy than it says`,
    expected: `${launch.envoy.version}, as --version tells`,
    seen: `${version}, as its admin interface tells`,
    try: "--envoy with another path or version",
  });
}

const LIVE_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 10;

async function untilLive({ launch, process, admin }: RunningEnvoy): Promise<void> {
  const deadline = performance.now() + LIVE_WITHIN_MS;
  while (!(await admin.isLive())) {
    if (process.end === null && performance.now() < deadline) {
      await delay(ASK_EVERY_MS);
      continue;
    }
    throw new Fault({
      fact: `${envoyTitle(launch.envoy)} does not start`,
      expected: `live within ${LIVE_WITHIN_MS / 1000} s: ${launch.envoy.path}`,
      seen: process.end === null ? "it runs but is not ready" : howItEnded(process.end),
      try: "tollgate doctor --env lab, or another Envoy with --envoy",
    });
  }
}

/**
 * Stands the whole lab up, inside the supervisor's own namespaces: mounts, two more network namespaces, every road at
 * once, the policy, the redirects, Envoy, the payments server and the generator. What can boot while something else is
 * made does so; the timings say where the second went.
 *
 * Nothing here is ever taken down: it all belongs to namespaces that end with the supervisor.
 */
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { workerCommand, WorkerPool } from "../../loadgen/workers.js";
import { holdCpusAwake, type CpuIdle } from "../cpu-idle.js";
import { planRoads, type RoadPlan } from "./address-plan.js";
import { turned } from "../turned.js";
import { arrangedRoads } from "./arrangement.js";
import { proxiedRoads } from "./envoy-config.js";
import { endEnvoy, startEnvoy, type RunningEnvoy } from "./envoy-process.js";
import { SERVICE_NAME } from "./lab-calls.js";
import { makeLabCertificates, type LabCertificates } from "./lab-certificates.js";
import { LabServer } from "./lab-server.js";
import {
  CLIENT_NAMESPACE,
  clientBatch,
  inNamespace,
  namespacesBatch,
  NODE_SYSCTLS,
  nodeBatch,
  PEER_SYSCTLS,
  SERVER_NAMESPACE,
  serverBatch,
  type Sysctls,
} from "./network.js";
import { nftConfig } from "./nft-config.js";
import { loadL7Kernel } from "./l7-kernel-program.js";
import { loading, loadPolicy, mountBpf, reasonOf, type PolicyState } from "./policy-program.js";
import { runProgram } from "./processes.js";
import type { LabOrder } from "./supervisor-protocol.js";

export interface LabParts {
  readonly order: LabOrder;
  readonly roads: readonly RoadPlan[];
  readonly certificates: LabCertificates;
  readonly policy: PolicyState;
  /** Of the experimental program l7-kernel. */
  readonly l7Kernel: PolicyState;
  /** What turns packets to Envoy: without it no road that has one is measured. */
  readonly redirects: PolicyState;
  readonly envoys: readonly RunningEnvoy[];
  readonly server: LabServer;
  readonly generator: WorkerPool;
  readonly cpuIdle: CpuIdle;
  /** Milliseconds each stage took. */
  readonly timings: Readonly<Record<string, number>>;
}

/** On the private tmpfs: configuration, keys, sockets. */
const FOLDER = "/run/tollgate";

/** @throws Fault that names the program or process which failed. */
export async function buildLab(order: LabOrder): Promise<LabParts> {
  const watch = stopwatch();
  // Held by this process, as long as it lives: never given back.
  const cpuIdle = order.letCpusHalt ? "halts" : (await holdCpusAwake()).idle;
  const roads = arrangedRoads(planRoads(order.scenarios), order.arrangement);
  await makePrivateMounts();
  await makeNamespaces();
  watch.lap("namespaces");
  const booting = startGenerator(order.placement.generator);
  booting.catch(() => undefined); // awaited below; a failure in between must not count as unhandled
  await layRoads(roads);
  watch.lap("roads");
  const certificates = await makeLabCertificates(SERVICE_NAME, FOLDER);
  watch.lap("certificates");
  const [judging, envoys, server, generator] = await Promise.all([
    policyAndRedirects(roads, order.rootless).finally(() => watch.note("policy")),
    startEnvoys(order, roads, certificates).finally(() => watch.note("envoy")),
    LabServer.start({
      roads,
      certificate: certificates.server,
      cpus: order.placement.server,
      delayNs: order.serverDelayNs,
    }).finally(() => watch.note("server")),
    booting.finally(() => watch.note("generator")),
  ]);
  return { order, roads, certificates, ...judging, envoys, server, generator, cpuIdle, timings: watch.timings };
}

/** One worker per CPU of the generator, in the client's namespace. */
export function startGenerator(cpus: readonly number[]): Promise<WorkerPool> {
  return WorkerPool.start({
    count: cpus.length,
    spawn: (worker) => {
      const [program, ...args] = inNamespace(CLIENT_NAMESPACE, workerCommand(String(cpus[worker])));
      return spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    },
  });
}

/** /run holds the names of network namespaces and our files: a private one keeps both from the host. */
async function makePrivateMounts(): Promise<void> {
  await runProgram(["mount", "-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", "/run"]);
  await mkdir("/run/netns");
  await mkdir(FOLDER, { mode: 0o700 });
}

async function makeNamespaces(): Promise<void> {
  await runProgram(["ip", "-batch", "-"], namespacesBatch());
  await Promise.all([
    ...Object.entries(NODE_SYSCTLS).map(([path, value]) => writeFile(`/proc/sys/${path}`, value)),
    setSysctls(CLIENT_NAMESPACE, PEER_SYSCTLS),
    setSysctls(SERVER_NAMESPACE, PEER_SYSCTLS),
  ]);
}

/** /proc/sys/net shows the namespace of whoever opens it. */
async function setSysctls(namespace: string, sysctls: Sysctls): Promise<void> {
  const script = Object.entries(sysctls).map(([path, value]) => `echo ${value} > /proc/sys/${path}`);
  await runProgram(inNamespace(namespace, ["sh", "-e"]), script.join("\n"));
}

async function layRoads(roads: readonly RoadPlan[]): Promise<void> {
  await runProgram(["ip", "-batch", "-"], nodeBatch(roads));
  await Promise.all([
    runProgram(["ip", "-netns", CLIENT_NAMESPACE, "-batch", "-"], clientBatch(roads)),
    runProgram(["ip", "-netns", SERVER_NAMESPACE, "-batch", "-"], serverBatch(roads)),
  ]);
}

/** Packets are marked by the policy program; where it cannot be loaded, nft marks them, and they are judged by nobody. */
async function policyAndRedirects(
  roads: readonly RoadPlan[],
  rootless: boolean,
): Promise<Pick<LabParts, "policy" | "l7Kernel" | "redirects">> {
  const programs = await loadPrograms(roads, rootless);
  const config = nftConfig(roads, { marks: programs.policy.kind === "loaded" ? "ebpf" : "nft" });
  const redirects = await loading(async () => {
    if (config !== null) await runProgram(["nft", "-f", "-"], config);
  }, reasonOf);
  return { ...programs, redirects };
}

async function loadPrograms(
  roads: readonly RoadPlan[],
  rootless: boolean,
): Promise<Pick<LabParts, "policy" | "l7Kernel">> {
  const mounted: PolicyState = rootless
    ? { kind: "unavailable", reason: "a user namespace (--rootless) may not" }
    : await mountBpf();
  if (mounted.kind === "unavailable") return { policy: mounted, l7Kernel: mounted };
  return { policy: await loadPolicy(roads), l7Kernel: await loadL7Kernel(roads) };
}

/** The same lab with every Envoy started anew, each in its slot of that arrangement. */
export async function rearranged(parts: LabParts, arrangement: number): Promise<LabParts> {
  await Promise.all(parts.envoys.map(endEnvoy));
  const order = { ...parts.order, arrangement };
  const roads = arrangedRoads(planRoads(order.scenarios), arrangement);
  return { ...parts, order, roads, envoys: await startEnvoys(order, roads, parts.certificates) };
}

/** One after the other: their order is part of the design (METHOD §4.5). */
async function startEnvoys(
  order: LabOrder,
  roads: readonly RoadPlan[],
  certificates: LabCertificates,
): Promise<RunningEnvoy[]> {
  const { placement, originalSource, proxyAlpn } = order;
  const running: RunningEnvoy[] = [];
  for (const envoy of turned(order.envoys, order.arrangement)) {
    const launch = {
      envoy,
      roads: proxiedRoads(roads, envoy.name),
      options: { originalSource, proxyAlpn, tls: certificates.envoy },
      cpus: placement.proxy,
      concurrency: placement.envoyConcurrency,
      folder: FOLDER,
    };
    running.push(await startEnvoy(launch));
  }
  return running;
}

interface Stopwatch {
  /** Books the time since the last lap. */
  lap(stage: string): void;
  /** Books the time since the last lap for one of several stages that run side by side. */
  note(stage: string): void;
  readonly timings: Readonly<Record<string, number>>;
}

function stopwatch(): Stopwatch {
  const timings: Record<string, number> = {};
  let last = performance.now();
  const note = (stage: string): void => void (timings[stage] = performance.now() - last);
  return {
    timings,
    note,
    lap: (stage) => {
      note(stage);
      last = performance.now();
    },
  };
}

/**
 * CPU of Cilium's own processes on the nodes of a run: the agent, and Envoy in the agent's pod or in one of its own. Read
 * from /proc inside their pods, before a trial and after it. The kubelet's figures are 10 to 15 s old, too old for a window.
 */
import type { Measurement } from "../../loadgen/measurement.js";
import type { CpuWindow, ProcessCpu } from "../../results/cpu-window.js";
import type { CiliumInstall } from "./cilium-install.js";
import { ANSWER_MS, type Kubectl } from "./kubectl.js";
import { PodShell } from "./pod-shell.js";

/** What one process has spent since it began. */
export interface SpentCpu extends Omit<ProcessCpu, "busiestThreadNs"> {
  /** Pid and place: the same process in two readings. */
  readonly key: string;
}

/** Null: it cannot be read here. */
export type CiliumCpu = readonly SpentCpu[] | null;

/** One process reads all of it; a file that vanishes meanwhile is left out. */
const READ_ALL = "grep -s . /proc/[0-9]*/stat /proc/[0-9]*/task/[0-9]*/schedstat";

export class CiliumProcesses implements AsyncDisposable {
  readonly #shells: readonly { readonly shell: PodShell; readonly node: string }[];

  /** @param nodes whose Cilium is of interest */
  constructor(kubectl: Kubectl, { agents, envoys, namespace }: CiliumInstall, nodes: ReadonlySet<string>) {
    const open = (container: string) => (one: { readonly pod: string; readonly node: string }) => ({
      node: one.node,
      shell: new PodShell(kubectl, {
        place: { pod: one.pod, namespace, container },
        prelude: ":",
        before: "",
        timeoutMs: ANSWER_MS,
      }),
    });
    const here = ({ node }: { readonly node: string }): boolean => nodes.has(node);
    this.#shells = [...agents.filter(here).map(open("cilium-agent")), ...envoys.filter(here).map(open("cilium-envoy"))];
  }

  /** Never throws: a trial is worth having without it. */
  async read(): Promise<CiliumCpu> {
    try {
      const all = await Promise.all(
        this.#shells.map(async ({ shell, node }) => parseProcesses((await shell.ask(READ_ALL)).stdout, node)),
      );
      // Where one of the pods tells nothing, its share would silently be the residual's.
      return all.every((processes) => processes.length > 0) ? all.flat() : null;
    } catch {
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#shells.map(({ shell }) => shell[Symbol.asyncDispose]()));
  }
}

/** The kernel keeps 15 characters of a name: `cilium-envoy-starter` is `cilium-envoy-st`. */
const ROLES: Readonly<Record<string, ProcessCpu["role"]>> = {
  "cilium-agent": "agent",
  "cilium-envoy": "envoy",
  "cilium-envoy-st": "other",
};

/** `PATH:CONTENT` per line: `/proc/11/stat:11 (cilium-envoy) S …`, `/proc/11/task/12/schedstat:582526413 …`. */
export function parseProcesses(text: string, node: string): SpentCpu[] {
  const onCpu = new Map<string, number>();
  for (const [, pid = "", spent] of text.matchAll(/^\/proc\/(\d+)\/task\/\d+\/schedstat:(\d+) /gm)) {
    onCpu.set(pid, (onCpu.get(pid) ?? 0) + Number(spent));
  }
  return [...text.matchAll(/^\/proc\/(\d+)\/stat:\d+ \((.*)\) (.*)$/gm)].flatMap(
    ([, pid = "", name = "", rest = ""]) => {
      const role = ROLES[name];
      if (role === undefined) return [];
      // utime and stime are fields 14 and 15 of the line (proc(5)), and the twelfth and thirteenth behind the name.
      const fields = rest.split(" ");
      const userNs = Number(fields[11]) * NS_PER_TICK;
      const systemNs = Number(fields[12]) * NS_PER_TICK;
      const cpuNs = onCpu.get(pid) ?? userNs + systemNs;
      return [
        { key: `${node}/${name}/${pid}`, role, name: `${name} on ${node}`, pid: Number(pid), cpuNs, userNs, systemNs },
      ];
    },
  );
}

const NS_PER_TICK = 10_000_000;

/**
 * The window's CPU with what Cilium's processes spent in it. They are read around the whole trial, so that nothing is
 * asked while it is measured; the window's part of it is as great as its part of the calls.
 */
export function withCilium(
  window: CpuWindow | null,
  before: CiliumCpu,
  after: CiliumCpu,
  { books }: Pick<Measurement, "books">,
): CpuWindow | null {
  if (window === null || before === null || after === null || books.totalEnded === 0) return window;
  const failed = Object.values(books.failed).reduce((sum, count) => sum + count, 0);
  const share = (books.ok + failed) / books.totalEnded;
  const spent = after.flatMap(({ key, ...later }): ProcessCpu[] => {
    const earlier = before.find((one) => one.key === key);
    if (earlier === undefined) return [];
    const part = (of: "cpuNs" | "userNs" | "systemNs"): number =>
      Math.max(0, Math.round((later[of] - earlier[of]) * share));
    return [{ ...later, cpuNs: part("cpuNs"), userNs: part("userNs"), systemNs: part("systemNs") }];
  });
  return { ...window, processes: [...window.processes, ...spent] };
}

/**
 * Whatever dies, and however: afterwards no process, program, map, namespace, link or rule of the lab is left, and the
 * host is as it was. The lab is held by a child process here, which stands for the command line and may be killed.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { compiledPath } from "../../proto/package-root.js";
import type { StampWish } from "../../results/anatomy-segments.js";
import { onLines } from "../stream-lines.js";
import { ANATOMY } from "./anatomy-maps.js";
import {
  COMMANDS,
  descendant,
  descendants,
  hostState,
  labOptions,
  pinnedObjects,
  remaining,
  SHORT_PLAN,
  type KernelObjects,
  type SeenProcess,
} from "./lab.test-helper.js";
import { POLICY } from "./policy-map.js";

/** A command line that stands a lab up, says so, and measures one road for as long as it lives. */
function commandLineSource(mode: Mode): string {
  const { say: _say, env: _env, ...options } = labOptions();
  const [labModule, catalogueModule] = ["bench/lab/lab-environment", "scenarios/catalogue"].map(compiledPath);
  return `
    import { startLab } from ${JSON.stringify(labModule)};
    import { scenarioByName } from ${JSON.stringify(catalogueModule)};
    const scenarios = ["no-policy", "l4", "l7-tls"].map(scenarioByName);
    const { signal } = new AbortController();
    const lab = await startLab({ ...${JSON.stringify(options)}, env: process.env, say: () => {} });
    await lab.prepare(scenarios, signal);
    console.log("standing");
    if (${mode === "ends"}) {
      for await (const line of process.stdin) break;
      await lab[Symbol.asyncDispose]();
      process.exit(0);
    }
    const wish = ${mode === "stamps"} ? { programTime: false, stamps: ${JSON.stringify(FULL)} } : { programTime: true };
    const request = { scenario: scenarios[1], plan: ${JSON.stringify(SHORT_PLAN)}, transport: "lean", ...wish };
    for (;;) await lab.measure(request, signal);
  `;
}

/** measures: until it is killed; stamps: the same, an anatomy at level full; ends: in good order, when its input ends; terminal: measures, on a terminal of its own. */
type Mode = "measures" | "stamps" | "ends" | "terminal";
const FULL: StampWish = { level: "full", wakeUps: true };

const GONE_WITHIN = { timeout: 15_000, interval: 20 };

let folder: string;
let commandLine: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-death-"));
});
afterEach(async () => {
  if (commandLine?.exitCode === null) commandLine.kill("SIGKILL");
  commandLine = undefined;
  await rm(folder, { recursive: true });
});

async function holdLab(mode: Mode = "measures"): Promise<ChildProcess> {
  const file = join(folder, "command-line.mjs");
  await writeFile(file, commandLineSource(mode));
  // script(1) holds the terminal's other end: killing it is what closing a window is.
  const terminal = ["script", "--quiet", "--return", "--command", `"${process.execPath}" "${file}"`, "/dev/null"];
  const [program = "", ...args] = mode === "terminal" ? terminal : [process.execPath, file];
  return (commandLine = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] }));
}

async function untilStanding(child: ChildProcess): Promise<void> {
  const stdout = child.stdout;
  if (stdout === null) throw new Error("no stdout");
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the command line ended before the lab stood")));
    onLines(stdout, (line) => {
      if (line.trim() === "standing") resolve();
    });
  });
}

interface Standing {
  readonly processes: readonly SeenProcess[];
  /** The policy program first. */
  readonly objects: readonly KernelObjects[];
}

/** What stands below the command line, with the programs that are pinned there. */
function standingBelow(child: ChildProcess, pinned: readonly string[] = [POLICY.program]): Standing {
  const root = child.pid ?? 0;
  const supervisor = descendant(root, COMMANDS.supervisor).pid;
  const objects = pinned.map((path) => pinnedObjects(supervisor, path));
  expect(objects.flatMap(remaining)).toEqual(objects);
  return { processes: descendants(root), objects };
}

/** While a window with program statistics is open: everything that a lab ever starts is running. */
async function untilMeasuring(child: ChildProcess, pinned?: readonly string[]): Promise<Standing> {
  await untilStanding(child);
  await vi.waitFor(() => descendant(child.pid ?? 0, COMMANDS.holder), GONE_WITHIN);
  return standingBelow(child, pinned);
}

async function expectNothingLeft(before: Record<string, string>, { processes, objects }: Standing): Promise<void> {
  await vi.waitFor(() => {
    expect(stillAlive(processes)).toEqual([]);
    expect(objects.flatMap(remaining)).toEqual([]);
    expect(hostState()).toEqual(before);
  }, GONE_WITHIN);
}

/** The same processes, not others that were given their numbers. */
function stillAlive(processes: readonly SeenProcess[]): SeenProcess[] {
  const now = new Map(descendants(0).map(({ pid, command }) => [pid, command]));
  return processes.filter(({ pid, command }) => command !== "" && now.get(pid) === command);
}

describe("the lab goes with", () => {
  test.each(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const)("a command line that gets %s", async (signal) => {
    const before = hostState();
    const child = await holdLab();
    const standing = await untilMeasuring(child);
    expect(standing.processes.length).toBeGreaterThanOrEqual(6);
    child.kill(signal);
    await expectNothingLeft(before, standing);
  });

  test.each(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const)("a supervisor that gets %s", async (signal) => {
    const before = hostState();
    const child = await holdLab();
    const standing = await untilMeasuring(child);
    process.kill(descendant(child.pid ?? 0, COMMANDS.supervisor).pid, signal);
    await expectNothingLeft(before, standing);
  });

  test.each(["command line", "supervisor"] as const)(
    "a %s that is killed while tracepoints are held for an anatomy",
    async (part) => {
      const before = hostState();
      const child = await holdLab("stamps");
      const traced = ["send", "ready", "read", "switch"].map((name) => `${ANATOMY.full.program}/tg_an_${name}`);
      const standing = await untilMeasuring(child, [POLICY.program, ...traced]);
      expect(standing.processes.filter(({ command }) => command.includes("tg_an_switch"))).toHaveLength(1);
      if (part === "supervisor") process.kill(descendant(child.pid ?? 0, COMMANDS.supervisor).pid, "SIGKILL");
      else child.kill("SIGKILL");
      await expectNothingLeft(before, standing);
    },
  );

  test("an unshare that is killed", async () => {
    const before = hostState();
    const child = await holdLab();
    const standing = await untilMeasuring(child);
    process.kill(descendant(child.pid ?? 0, COMMANDS.unshare).pid, "SIGKILL");
    await expectNothingLeft(before, standing);
  });

  test("a supervisor that is stopped and then loses its unshare", async () => {
    const before = hostState();
    const child = await holdLab();
    const standing = await untilMeasuring(child);
    process.kill(descendant(child.pid ?? 0, COMMANDS.supervisor).pid, "SIGSTOP");
    process.kill(descendant(child.pid ?? 0, COMMANDS.unshare).pid, "SIGKILL");
    await expectNothingLeft(before, standing);
  });

  test.each(["envoy", "server", "worker"] as const)(
    "a command line that ends after its %s was killed",
    async (part) => {
      const before = hostState();
      const child = await holdLab();
      const standing = await untilMeasuring(child);
      process.kill(descendant(child.pid ?? 0, COMMANDS[part]).pid, "SIGKILL");
      await once(child, "exit"); // its measurement failed, and nothing mended the lab
      await expectNothingLeft(before, standing);
    },
  );

  test("a terminal that is closed", async () => {
    const before = hostState();
    const terminal = await holdLab("terminal");
    await untilStanding(terminal);
    const standing = standingBelow(terminal);
    terminal.kill("SIGKILL");
    await expectNothingLeft(before, standing);
  });
});

test("a lab that ends in good order leaves nothing either", async () => {
  const before = hostState();
  const child = await holdLab("ends");
  await untilStanding(child);
  const standing = standingBelow(child);
  child.stdin?.end("end\n");
  await once(child, "exit");
  expect(child.exitCode).toBe(0);
  await expectNothingLeft(before, standing);
});

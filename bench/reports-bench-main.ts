/**
 * `npm run bench:reports`: how long `tollgate report` and `tollgate history` take on large runs, how much memory at most,
 * and how large the pages are, against their targets. On generated runs: nothing is measured on a road.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "../proto/package-root.js";
import { syntheticHistory } from "../results/history/synthetic-history.js";
import { RunStore } from "../results/run-store.js";
import { syntheticRun } from "../results/synthetic-run.js";
import { textTable } from "../reports/text-table.js";
import { scriptFlags } from "./script-flags.js";

interface Figures {
  readonly what: string;
  readonly seconds: number;
  /** Largest resident memory of the process. */
  readonly peakMb: number;
  readonly pageMb: number | null;
}

const TARGETS = { seconds: 3, peakMb: 500, pageMb: 2 } as const;

scriptFlags("npm run bench:reports (it has no flags)", {});
const folder = await mkdtemp(join(tmpdir(), "tollgate-bench-reports-"));
try {
  const trials = await keepLargeRun();
  const runs = await keepLongIndex();
  const page = join(folder, "page.html");
  const rows = [
    await timed(`report, ${trials} trials`, ["report", "latest"], null),
    await timed("report --format html", ["report", "latest", "--format", "html", "--output", page], page),
    await timed(`history, ${runs} runs`, ["history"], null),
    await timed("history --format html", ["history", "--format", "html", "--output", page], page),
    await timed("history --metric all", ["history", "--metric", "all"], null),
  ];
  process.stdout.write(`${table(rows)}\n`);
} finally {
  await rm(folder, { recursive: true });
}

/** 200 trials of the standard mix and more at 1 in flight: four methods, refusals among them. */
async function keepLargeRun(): Promise<number> {
  const roads = ["no-policy", "no-policy-again", "l4", "l7", "l7-again", "tls", "l7-tls"];
  const run = syntheticRun({ environment: "lab", scenarios: roads, blocks: 12, callsPerTrial: 4_000 });
  await using store = await RunStore.create(folder, run.header);
  for (const trial of run.trials) await store.appendTrial(trial);
  if (run.end !== null) await store.finish(run.end);
  return run.trials.length;
}

async function keepLongIndex(): Promise<number> {
  const entries = syntheticHistory({
    runs: 500,
    factor: (run) => (run >= 420 ? 1.08 : 1),
    fingerprint: (run) => ({ kernel: "6.1.0", envoy: run < 150 ? "1.36.4" : run < 300 ? "1.37.0" : "1.37.2" }),
  });
  const dir = join(folder, "history");
  await mkdir(dir);
  await writeFile(join(dir, "index.jsonl"), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return entries.length;
}

/** A process of its own each, as a person would start it; memory as the kernel counts it. */
async function timed(what: string, args: readonly string[], page: string | null): Promise<Figures> {
  const results = args[0] === "history" ? join(folder, "history") : folder;
  const began = process.hrtime.bigint();
  const child = spawn(process.execPath, [programPath("bench/main"), ...args, "--results", results], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  let peakKb = 0;
  const watch = setInterval(() => void readPeak(child.pid).then((kb) => (peakKb = Math.max(peakKb, kb))), 20);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  clearInterval(watch);
  if (code !== 0) throw new Error(`tollgate ${args.join(" ")} ended with ${code}`);
  return { what, seconds, peakMb: peakKb / 1024, pageMb: page === null ? null : (await stat(page)).size / 1e6 };
}

async function readPeak(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0);
}

function table(rows: readonly Figures[]): string {
  const against = (value: number, target: number, text: string): string => `${text} ${value <= target ? "✓" : "✗"}`;
  return textTable<Figures>(
    [
      { head: "what", align: "left", cell: ({ what }) => what },
      {
        head: `seconds (${TARGETS.seconds})`,
        align: "right",
        cell: ({ seconds }) => against(seconds, TARGETS.seconds, seconds.toFixed(2)),
      },
      {
        head: `peak MB (${TARGETS.peakMb})`,
        align: "right",
        cell: ({ peakMb }) => against(peakMb, TARGETS.peakMb, peakMb.toFixed(0)),
      },
      {
        head: `page MB (${TARGETS.pageMb})`,
        align: "right",
        cell: ({ pageMb }) => (pageMb === null ? "" : against(pageMb, TARGETS.pageMb, pageMb.toFixed(2))),
      },
    ],
    rows,
  ).join("\n");
}

/**
 * `npm run bench:aa`: does the method keep its word? Repeats the pass that headlines speak of and counts how often each
 * A/A twin is told apart from itself, and how often the tolls that must show do. Prints a Markdown table; the runs are
 * kept.
 *
 *   node dist/bench/aa-bench-main.js [--runs 20] [--blocks 8] [--results FOLDER]
 */
import { us } from "../loadgen/units.js";
import { compareRun } from "../results/compare-run.js";
import type { Comparison, RunComparison } from "../results/comparison-shape.js";
import type { Run } from "../results/run-shape.js";
import { randomSeed } from "../loadgen/random.js";
import { selectScenarios } from "../scenarios/selection.js";
import { seconds } from "../loadgen/units.js";
import { processIo } from "./io.js";
import { LAB_DEFAULTS, startLab } from "./lab/lab-environment.js";
import { count } from "./options.js";
import { interruption } from "./run/interruption.js";
import { performRun } from "./run/run.js";
import { runProgress } from "./run/run-progress.js";
import { scriptFlags } from "./script-flags.js";
import { version } from "./version.js";

const ROADS = ["no-policy", "no-policy-again", "l4", "l7", "l7-again", "tls", "l7-tls"];
/** Besides the twins: what must come out `slower` whenever the twins hold. */
const MUST_SHOW = [
  { candidate: "l7", baseline: "l4" },
  { candidate: "l7-tls", baseline: "l7" },
];

const {
  runs = 20,
  blocks = 8,
  results = "results",
} = scriptFlags("npm run bench:aa -- [--runs 20] [--blocks 8] [--results FOLDER]", {
  runs: count("--runs"),
  blocks: count("--blocks"),
  results: String,
});
const io = processIo();
using stop = interruption(process);
const rows: string[][] = [];
for (let index = 0; index < runs && !stop.signal.aborted; index++) {
  const run = await oneRun(stop.signal);
  rows.push(rowOf(index + 1, run, compareRun(run, {})));
  io.stderr.write(`run ${index + 1}: ${rows.at(-1)?.slice(1).join(" · ") ?? ""}\n`);
}
io.stdout.write(`${table(rows)}\n`);

async function oneRun(signal: AbortSignal): Promise<Run> {
  await using environment = await startLab({ ...LAB_DEFAULTS, env: process.env, say: () => {} });
  // Awaited here: the environment must stand until the run has ended.
  return await performRun(
    {
      resultsDir: results,
      command: ["npm", "run", "bench:aa"],
      tags: ["aa"],
      version,
      source: {
        kind: "new",
        rate: "auto",
        design: {
          scenarios: selectScenarios(ROADS),
          passes: ["interleaved"],
          blocks,
          seed: randomSeed(),
          windowNs: null,
          warmupNs: null,
          connections: 1,
          streams: 100,
          idle: "auto",
          timeoutNs: seconds(2),
        },
      },
      calibration: () => Promise.resolve(null),
    },
    {
      environment,
      progress: runProgress({ ...io, live: io.live }, () => performance.now()),
      signal,
      now: () => new Date(),
    },
  );
}

function rowOf(index: number, run: Run, compared: RunComparison): string[] {
  const p50 = (list: readonly Comparison[], candidate: string, baseline: string): string => {
    const found = list.find(
      (one) => one.candidate === candidate && one.baseline === baseline && one.metric === "service_p50",
    );
    if (found === undefined) return "-";
    return `${found.verdict} ${interval(found)}`;
  };
  const { valid, suspect, invalid, failed } = compared.trials;
  return [
    String(index),
    `${valid}/${suspect}/${invalid + failed}`,
    p50(compared.twins, "no-policy-again", "no-policy"),
    p50(compared.twins, "l7-again", "l7"),
    ...MUST_SHOW.map(({ candidate, baseline }) => p50(compared.comparisons, candidate, baseline)),
    run.header.id,
  ];
}

function interval({ absoluteNs }: Comparison): string {
  if (absoluteNs === null) return "";
  const micros = (value: number): string => (value / us(1)).toFixed(1);
  return `${micros(absoluteNs.estimate)} [${micros(absoluteNs.low)}, ${micros(absoluteNs.high)}] µs`;
}

function table(body: readonly string[][]): string {
  const head = ["run", "valid/suspect/void", "no-policy twin", "l7 twin", "l7 − l4", "l7-tls − l7", "id"];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/**
 * `npm run test:interop`: reads exports back with programs that are not ours and holds what they see against the run's
 * own rows. The last line is `N passed, N failed[, N skipped]`; a reader that cannot be had here skips its checks and
 * says why.
 */
import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMAND, ensureBuild, ensureNode, ensureNodeModules, ROOT } from "./ensure.mjs";
import { TOOLS } from "./interop/tools.mjs";

ensureNode();
ensureNodeModules();
ensureBuild();

const folder = mkdtempSync(join(tmpdir(), "tollgate-interop-"));
const totals = { passed: 0, failed: 0, skipped: 0 };
try {
  await keepRun();
  check("Java's HdrHistogram reader", "sees every histogram of the interval log as we do", seesHistograms);
  check("Java's HdrHistogram reader", "prints the percentile text that we print", printsPercentiles);
  check("Go's HdrHistogram reader", "sees every histogram of the interval log as we do", seesHistograms);
  check("benchstat", "sees the median of every road's trials", seesMedians);
  check("Fortio's result types", "hold our counts, and find our median in the buckets", findsMedian);
  check("Prometheus' OpenMetrics parser", "takes the whole file, and counts what we count", countsCalls);
  check("Python's XML parser", "finds a test case for every toll and control", findsCases);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
process.exitCode = totals.failed > 0 ? 1 : 0;

function check(tool, claim, test) {
  let read;
  try {
    read = TOOLS[tool]();
  } catch (error) {
    totals.skipped++;
    process.stdout.write(`skipped: ${tool} ${claim}: ${error.message}\n`);
    return;
  }
  try {
    test(read);
    totals.passed++;
    process.stdout.write(`ok   ${tool} ${claim}\n`);
  } catch (error) {
    totals.failed++;
    process.stdout.write(`FAIL ${tool} ${claim}\n${error.message}\n`);
  }
}

/** A run whose numbers are known, kept as any other. */
async function keepRun() {
  const { syntheticRun } = await import(join(ROOT, "dist/results/synthetic-run.js"));
  const { RunStore } = await import(join(ROOT, "dist/results/run-store.js"));
  const roads = ["no-policy", "no-policy-again", "l4", "l7"];
  const run = syntheticRun({ environment: "lab", scenarios: roads, blocks: 10, callsPerTrial: 1_500 });
  const store = await RunStore.create(join(folder, "results"), run.header);
  for (const trial of run.trials) await store.appendTrial(trial);
  await store.finish(run.end);
  await store[Symbol.asyncDispose]();
}

function exported(format, ...flags) {
  return tollgate("export", "latest", "--format", format, ...flags);
}

function tollgate(...args) {
  const told = spawnSync(process.execPath, [COMMAND, ...args, "--results", join(folder, "results")], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  assert.equal(told.status, 0, told.stderr);
  return told.stdout;
}

/** The run's own rows, one a trial and method: as good as CSV without quotes, which these are. */
function trialRows() {
  const [head, ...rows] = exported("csv").trimEnd().split("\n");
  const names = head.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((value, i) => [names[i], value])));
}

function seesHistograms(read) {
  const file = join(folder, "run.hlog");
  exported("hlog", "--output", file);
  const seen = read(file)
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([tag]) => tag.endsWith("/service"));
  const rows = trialRows().filter(({ service_p50_ns: p50 }) => p50 !== "");
  assert.ok(rows.length > 50, "the run has rows");
  assert.equal(seen.length, rows.length);
  const key = (tag) => rows.filter(({ scenario, pass, method }) => `${scenario}/${pass}/${method}/service` === tag);
  for (const tag of new Set(seen.map(([one]) => one))) {
    const ours = key(tag).map(({ ok, service_p50_ns: p50 }) => [ok, p50]);
    const theirs = seen.filter(([one]) => one === tag).map(([, count, p50]) => [count, p50]);
    assert.deepEqual(theirs, ours, tag);
  }
}

function printsPercentiles(read) {
  const file = join(folder, "run.hlog");
  exported("hlog", "--output", file);
  const numbers = (text) =>
    text
      .split("\n")
      .filter((line) => /^ *\d/.test(line))
      .map((line) => line.trim().split(/\s+/).map(Number));
  const theirs = numbers(read(file, "l7/single/ProcessPayment/service"));
  const ours = numbers(exported("hgrm", "--road", "l7", "--pass", "single"));
  assert.ok(theirs.length > 30, "Java prints rows");
  const byPercentile = new Map(ours.map((row) => [row[1].toFixed(9), row]));
  for (const [value, percentile, count] of theirs) {
    const row = byPercentile.get(percentile.toFixed(9));
    // Java goes on until its last row repeats the maximum; rows that we have must agree to its three digits.
    if (row === undefined) continue;
    assert.ok(
      Math.abs(row[0] - value) <= Math.max(0.0005, value * 0.001),
      `value ${row[0]} at ${percentile}, Java has ${value}`,
    );
    assert.equal(row[2], count, `count at ${percentile}`);
  }
  const missing = ours.filter((row) => !theirs.some(([, percentile]) => percentile.toFixed(9) === row[1].toFixed(9)));
  assert.deepEqual(missing, [], "rows that Java has not");
}

function seesMedians(read) {
  const file = join(folder, "run.bench.txt");
  exported("benchfmt", "--output", file);
  const table = read(
    "-format",
    "csv",
    "-col",
    "/road",
    "-filter",
    "/pass:single /method:ProcessPayment .unit:service-p50-sec/op",
    file,
  );
  const [, columns] = table.split("\n").map((line) => line.split(","));
  const line = table.split("\n").find((one) => one.startsWith("Call/"));
  assert.ok(line !== undefined, table);
  const seen = line.split(",");
  for (const road of ["no-policy", "l4", "l7"]) {
    const values = trialRows()
      .filter(({ scenario, pass }) => scenario === road && pass === "single")
      .map(({ service_p50_ns: p50 }) => Number(p50))
      .sort((a, b) => a - b);
    const median = (values[4] + values[5]) / 2 / 1e9;
    const at = table
      .split("\n")
      .map((one) => one.split(","))
      .find((cells) => cells.includes(road) || cells.includes(`/road=${road}`));
    assert.ok(at !== undefined, `${road} is no column of\n${table}`);
    const column = at.findIndex((cell) => cell === road || cell === `/road=${road}`);
    assert.ok(
      Math.abs(Number(seen[column]) / median - 1) < 1e-3,
      `${road}: ${seen[column]}, expected ${median}\n${columns}`,
    );
  }
}

function findsMedian(read) {
  const into = join(folder, "fortio/");
  exported("fortio", "--road", "l7", "--pass", "mix", "--method", "ProcessPayment", "--output", into);
  const rows = trialRows().filter(
    ({ scenario, pass, method }) => scenario === "l7" && pass === "mix" && method === "ProcessPayment",
  );
  const files = readdirSync(into).sort();
  assert.equal(files.length, rows.length);
  files.forEach((file, i) => {
    const [count, , median, ok, seconds] = read(join(into, file)).trim().split(" ").map(Number);
    assert.equal(count, Number(rows[i].ok));
    assert.equal(ok, count);
    assert.equal(seconds, JSON.parse(readFileSync(join(into, file), "utf8")).ActualDuration / 1e9);
    // Fortio interpolates within a bucket, a twentieth of a decade wide.
    assert.ok(Math.abs(Math.log10((median * 1e9) / Number(rows[i].response_p50_ns))) < 1 / 20, `${file}: ${median}`);
  });
}

function countsCalls(read) {
  const file = join(folder, "run.prom");
  exported("openmetrics", "--output", file);
  const samples = read(file)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const find = (name, wanted) =>
    samples.filter(
      ([, , , sample, labels]) => sample === name && Object.keys(wanted).every((key) => labels[key] === wanted[key]),
    );
  for (const row of trialRows().filter(({ service_p50_ns: p50 }) => p50 !== "")) {
    const wanted = { trial: row.trial, method: row.method, quantity: "service", status: "OK" };
    const [count] = find("tollgate_call_latency_seconds_count", wanted);
    const [last] = find("tollgate_call_latency_seconds_bucket", { ...wanted, le: "+Inf" });
    const [median] = find("tollgate_trial_latency_seconds", { ...wanted, quantile: "0.5" });
    assert.deepEqual([count[5], last[5]], [Number(row.ok), Number(row.ok)]);
    assert.ok(Math.abs(median[5] * 1e9 - Number(row.service_p50_ns)) < 1);
  }
  const tolls = find("tollgate_toll_seconds", { road: "l7", baseline: "l4", metric: "service_p50", pass: "single" });
  assert.deepEqual(
    tolls.map(([, , unit, , labels]) => [unit, labels.bound]),
    [
      ["seconds", "estimate"],
      ["seconds", "low"],
      ["seconds", "high"],
    ],
  );
}

function findsCases(read) {
  const file = join(folder, "run.junit.xml");
  exported("junit", "--output", file);
  const cases = read(file)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { comparisons } = JSON.parse(tollgate("report", "--format", "json"));
  assert.equal(cases.length, comparisons.length);
  const toll = cases.find(([, name]) => name === "l7 against l4: service_p50");
  const ours = comparisons.find(
    ({ candidate, baseline, metric, pass }) =>
      candidate === "l7" && baseline === "l4" && metric === "service_p50" && pass === "single",
  );
  assert.deepEqual([toll[2], toll[3].verdict], ["passed", ours.verdict]);
  assert.equal(Number(toll[3].toll_ns), ours.absolute_ns.estimate);
}

/**
 * A run, from nothing to a judged record: stand the roads up, try them open and closed, find a rate, measure block by
 * block, keep everything. What is finished survives any end.
 */
import { Fault, renderFault } from "../../loadgen/fault.js";
import type { CallsPerSecond } from "../../loadgen/units.js";
import type { Design, Fingerprint, Run, RunEnd, RunHeader, StandIn } from "../../results/run-shape.js";
import { diffFingerprints } from "../../results/fingerprint.js";
import { readRun, RunStore } from "../../results/run-store.js";
import { newRunId } from "../../results/run-id.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Environment, EnvironmentFacts } from "../environment.js";
import { notMeasuredSentences } from "../not-measured.js";
import type { ArmsRequest } from "./arm-runner.js";
import { designRun, type DesignRequest } from "./design.js";
import { pilotRate } from "./pilot.js";
import { probeRoads, untriedProbes } from "./probes.js";
import { runBlocks } from "./run-blocks.js";
import type { RunProgress } from "./run-progress.js";

export interface RunRequest {
  readonly resultsDir: string;
  readonly command: readonly string[];
  readonly tags: readonly string[];
  readonly version: string;
  readonly source: RunSource;
  /** Of a new run; others have those of the run they come from. */
  readonly standIns?: readonly StandIn[];
  readonly calibration: (facts: EnvironmentFacts) => Promise<string | null>;
  /** In which order its trials come; block by block unless said otherwise. */
  readonly drive?: (arms: ArmsRequest) => Promise<void>;
}

/** Where the design comes from. */
export type RunSource =
  | { readonly kind: "new"; readonly design: Omit<DesignRequest, "rate">; readonly rate: CallsPerSecond | "auto" }
  /** A design that needs no pilot. */
  | { readonly kind: "designed"; readonly scenarios: readonly Scenario[]; readonly design: DesignOf }
  | { readonly kind: "like"; readonly run: Run }
  /** `attached`: on roads that stand, of a command line that was lost. */
  | { readonly kind: "resume"; readonly run: Run; readonly attached?: true };

/** The design for those of the asked roads that can be measured here. */
type DesignOf = (scenarios: readonly Scenario[]) => Design;

export interface RunPorts {
  readonly environment: Environment;
  readonly progress: RunProgress & { design(design: Design): void };
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Resolves with the run as it lies on disk, complete, interrupted or failed; `header.id` names it. */
export async function performRun(request: RunRequest, ports: RunPorts): Promise<Run> {
  const { environment, progress, signal } = ports;
  const wanted = scenariosOf(request.source);
  progress.stage(stageOf(request.source, wanted.length));
  if (request.source.kind !== "resume") await RunStore.requireRoom(request.resultsDir);
  const facts = await environment.prepare(wanted, signal);
  const scenarios = wanted.filter(({ name }) => !environment.notMeasured.has(name));
  const store =
    request.source.kind === "resume"
      ? await reopen(request, request.source.run, facts)
      : await RunStore.create(request.resultsDir, await newHeader(request, ports, facts, scenarios));
  const header = store.header;
  const warnings = [...facts.warnings, ...notMeasuredSentences(environment.notMeasured)];
  const end = await ending(ports, warnings, async () => {
    // A search finds its own way: nobody else could go on with what it was at.
    if (request.drive === undefined) await environment.standFor?.(header.id);
    await tryRoads(request.source, ports, store, scenarios);
    progress.design(header.design);
    const drive = request.drive ?? runBlocks;
    await drive({
      environment,
      design: header.design,
      scenarios: new Map(scenarios.map((scenario) => [scenario.name, scenario])),
      transport: header.design.transport ?? "lean",
      done: request.source.kind === "resume" ? request.source.run.trials : [],
      keep: (trial) => store.appendTrial(trial),
      keepProbe: (probe) => store.appendProbe(probe),
      progress,
      signal,
      instant: () => ports.now().toISOString(),
    });
    warnings.push(...((await environment.compareSetup?.()) ?? []));
  });
  progress.end();
  await store.finish(end);
  return readRun(request.resultsDir, header.id);
}

/** Before the first block; a run that is resumed tries only what it has not tried. */
async function tryRoads(
  source: RunSource,
  { environment, progress, signal }: RunPorts,
  store: RunStore,
  scenarios: readonly Scenario[],
): Promise<void> {
  const { probes, demonstrations = [] } = source.kind === "resume" ? source.run : NOTHING_TRIED;
  const untried = scenarios.filter((scenario) => untriedProbes(scenario, probes).length > 0);
  if (untried.length > 0) progress.stage("trying every road open and closed");
  await probeRoads(environment, untried, probes, (probe) => store.appendProbe(probe), signal);
  const shown = new Set(demonstrations.map(({ scenario }) => scenario));
  for (const scenario of scenarios.filter(({ name, road }) => isExperimental(road) && !shown.has(name))) {
    progress.stage(`showing what ${scenario.name} does to refused calls, and how it is fooled`);
    const seen = await environment.demonstrate?.(scenario);
    if (seen !== undefined) await store.appendDemonstration(seen);
  }
}

const NOTHING_TRIED: Pick<Run, "probes" | "demonstrations"> = { probes: [] };

/** How a run ends is part of its record; only a bug in tollgate itself is thrown on. */
async function ending(ports: RunPorts, warnings: readonly string[], work: () => Promise<void>): Promise<RunEnd> {
  const end = (state: RunEnd["state"], message: string | null): RunEnd => ({
    state,
    at: ports.now().toISOString(),
    message,
    warnings,
  });
  try {
    await work();
    return end("complete", null);
  } catch (error) {
    if (ports.signal.aborted) return end("interrupted", "ended by the user");
    if (error instanceof Fault) return end("failed", renderFault(error).replace(/^tollgate: /, ""));
    throw error;
  }
}

async function newHeader(
  request: RunRequest,
  ports: RunPorts,
  facts: EnvironmentFacts,
  scenarios: readonly Scenario[],
): Promise<RunHeader> {
  const created = ports.now();
  ports.progress.stage("reading the idle machine");
  const idle = await ports.environment.idleBusyNsPerSecond();
  const design = await designFor(request, ports, scenarios);
  return {
    schema: 1,
    id: newRunId(created, ports.environment.kind === "scripted" ? "scripted" : ports.environment.kind),
    createdAt: created.toISOString(),
    tollgate: request.version,
    environment: ports.environment.kind,
    command: request.command,
    tags: request.tags,
    design,
    scenarios,
    ...standInsOf(request),
    fingerprint: fingerprintOf(facts, design),
    placement: facts.placement,
    ...(idle === null ? {} : { idleBusyNsPerSecond: idle }),
    calibration: await request.calibration(facts),
  };
}

async function designFor(request: RunRequest, ports: RunPorts, scenarios: readonly Scenario[]): Promise<Design> {
  const { source } = request;
  if (source.kind === "designed") return source.design(scenarios);
  if (source.kind !== "new") return source.run.header.design;
  const turns = ports.environment.measureInterleaved !== undefined;
  const passes = source.design.passes.filter((name) => turns || name !== "interleaved");
  const asked = { ...source.design, passes, scenarios };
  const draft = designRun({ ...asked, rate: 0 as CallsPerSecond });
  const mix = draft.passes.find((pass) => pass.plan.loop.kind === "open");
  if (mix === undefined) return draft;
  if (source.rate !== "auto") return designRun({ ...asked, rate: source.rate });
  ports.progress.stage("finding a rate below the knee of the slowest road");
  const pilot = await pilotRate(ports.environment, scenarios, mix.plan, draft.transport ?? "lean", ports.signal);
  return designRun({ ...asked, rate: pilot.rate });
}

/** What calls go over is part of the set-up. Runs from before it was told were lean, as those are that say nothing. */
function fingerprintOf({ fingerprint }: EnvironmentFacts, { transport }: Design): Fingerprint {
  return transport === undefined ? fingerprint : { ...fingerprint, transport };
}

function stageOf(source: RunSource, roads: number): string {
  const stand = source.kind === "resume" && source.attached === true;
  return stand ? `taking up ${roads} roads that stand` : `standing up ${roads} roads`;
}

function scenariosOf(source: RunSource): readonly Scenario[] {
  switch (source.kind) {
    case "new":
      return source.design.scenarios;
    case "designed":
      return source.scenarios;
    case "like":
    case "resume":
      return source.run.header.scenarios;
  }
}

function standInsOf({ source, standIns = [] }: RunRequest): Pick<RunHeader, "standIns"> {
  const known = "run" in source ? (source.run.header.standIns ?? []) : standIns;
  return known.length === 0 ? {} : { standIns: known };
}

async function reopen(request: RunRequest, run: Run, facts: EnvironmentFacts): Promise<RunStore> {
  const changed = diffFingerprints(run.header.fingerprint, fingerprintOf(facts, run.header.design));
  if (changed.length > 0) {
    throw new Fault({
      fact: `run ${run.header.id} was begun on another set-up`,
      expected: "the fingerprint that its first trials were measured under",
      seen: changed.map(({ key, before, after }) => `${key}: ${before ?? "-"} → ${after ?? "-"}`).join("\n"),
      so: "its blocks would not be comparable with new ones",
      try: `tollgate run --like ${run.header.id}`,
    });
  }
  return RunStore.open(request.resultsDir, run.header.id);
}

/**
 * What a reader must know before any number of a run: sentences for the top of its report.
 */
import { hasProxy } from "./comparison-cells.js";
import type { Comparison, Floor, RoadKind } from "./comparison-shape.js";
import { isIdleFloorBelievable } from "./idle-floor.js";
import type { Run } from "./run-shape.js";
import { percentText } from "./verdict-words.js";

export function comparisonWarnings(
  run: Run,
  twins: readonly Comparison[],
  comparisons: readonly Comparison[],
  floors: readonly Floor[],
): string[] {
  return [
    ...endWarning(run),
    ...twins.filter((twin) => twin.verdict === "slower" || twin.verdict === "faster").map(brokenTwinSentence),
    ...missingControls(run),
    ...noFloor(floors),
    ...noIdleFloor(run, comparisons),
    ...busyIdle(run),
    ...run.warnings,
    ...(run.end?.warnings ?? []),
  ];
}

function endWarning({ end }: Run): string[] {
  if (end === null) return ["the run has no end yet: it is being measured, or was cut short"];
  if (end.state === "complete") return [];
  return [`the run is ${end.state}${end.message === null ? "" : `: ${end.message.split("\n", 1)[0] ?? ""}`}`];
}

/** What a control that came out different from itself means. */
export function brokenTwinSentence(twin: Comparison): string {
  const ratio = twin.ratio?.estimate ?? 1;
  const metric = twin.metric.replace("_", " ");
  return `the A/A control failed: ${twin.candidate} is ${twin.verdict} than ${twin.baseline} by ${percentText(Math.abs(ratio - 1))} in ${metric} of ${twin.method} (${twin.pass}), though both are the same road`;
}

/** Roads whose kind has no twin in this run: nothing says how much of their toll is chance. */
function missingControls(run: Run): string[] {
  const { header } = run;
  const compared = header.scenarios.filter((scenario) => scenario.baseline !== null && scenario.twinOf === null);
  const kinds = new Set<RoadKind>(
    compared.map(({ name }) => (hasProxy(header, name) ? "behind the proxy" : "without proxy")),
  );
  const controlled = new Set(
    header.scenarios
      .filter((scenario) => scenario.twinOf !== null)
      .map(({ name }) => (hasProxy(header, name) ? "behind the proxy" : "without proxy")),
  );
  return [...kinds]
    .filter((kind) => !controlled.has(kind))
    .map((kind) => `this run has no A/A control ${kind}: nothing shows how much two equal roads differ there`);
}

function noFloor(floors: readonly Floor[]): string[] {
  if (floors.length > 0) return [];
  return [
    "fewer than three earlier runs of this set-up: no A/A floor yet, margins rest on the asked minimum effect and 0.2 % alone",
  ];
}

function busyIdle(run: Run): string[] {
  const passes = run.header.design.passes.map(({ name }) => name).filter((name) => !isIdleFloorBelievable(run, name));
  if (passes.length === 0) return [];
  return [
    `other work ran while the idle node was read: CPU per call of the node is not told (${passes.join(", ")}), that of single processes is`,
  ];
}

function noIdleFloor({ header }: Run, comparisons: readonly Comparison[]): string[] {
  const shown = comparisons.some((one) => one.metric === "cpu_per_call" && one.ratio !== null);
  if (!shown || header.idleBusyNsPerSecond !== undefined) return [];
  return ["the idle node's own CPU was not read: it is part of each road's CPU per call"];
}

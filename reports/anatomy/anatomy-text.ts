/** An anatomy for a terminal and for machines: one table a road, and beside it what looking cost. */
import { anatomyOf, type AnatomySegment, type Bounded, type RoadAnatomy } from "../../results/anatomy.js";
import type { Owner } from "../../results/anatomy-segments.js";
import type { AnatomyRecord } from "../../results/anatomy-record.js";
import { isExperimental, shownName } from "../../scenarios/l7-kernel.js";
import { wrapped, type Paint } from "../paint.js";
import { count, duration, durationInterval, significant } from "../quantities.js";
import { textTable } from "../text-table.js";

const WIDTH = 110;

/** What every form says of itself. */
export const ANATOMY_FOOTING =
  "One call in flight, ProcessPayment, service time. Means add up to the caller's own mean; medians do not, and are " +
  "given as they are. Intervals are of the median over trials, 95 %. No toll may be taken from these numbers: stamping " +
  "costs time itself.";

export const OWNER_WORDS: Readonly<Record<Owner, string>> = {
  caller: "caller",
  kernel: "kernel",
  scheduler: "scheduler",
  envoy: "Envoy",
  server: "server",
};

export function renderAnatomy(
  record: AnatomyRecord,
  kept: { readonly file: string; readonly page: string },
  paint: Paint,
): string {
  const { roads, untold } = anatomyOf(record);
  return [
    [[`${paint("bold", "tollgate anatomy")} ${record.id}`, ...levelText(record)].join(", "), ...delayLine(record)],
    ...roads.map((road) => roadLines(road, paint)),
    ...untold.map(([name, reason]) =>
      wrapped(`! ${name} is not told: ${reason}`, WIDTH).map((line) => paint("red", line)),
    ),
    noticesOf(record).flatMap((text) => wrapped(`! ${text}`, WIDTH).map((line) => paint("yellow", line))),
    wrapped(ANATOMY_FOOTING, WIDTH).map((line) => paint("dim", line)),
    [`kept   ${kept.file}`, `page   ${kept.page}`],
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

/** Level tc is what an anatomy is, as a rule. */
export function levelText({ level, wakeUps }: AnatomyRecord): string[] {
  if (level === "tc") return [];
  return [`level full (experimental)${wakeUps === true ? ", wake-ups apart" : ""}`];
}

/** What was noticed, and where the rest stands of what an experimental road does. */
export function noticesOf({ warnings, scenarios }: AnatomyRecord): string[] {
  const experimental = scenarios.filter(({ road }) => isExperimental(road)).map(({ name }) => name);
  return [
    ...warnings,
    ...experimental.map(
      (name) =>
        `${name} is an experiment: what it does to refused calls, and how it is fooled, is shown by tollgate run --roads +${name}`,
    ),
  ];
}

function delayLine({ serverDelayNs }: AnatomyRecord): string[] {
  return serverDelayNs === 0 ? [] : [`a delay of ${duration(serverDelayNs)} was put into the server on purpose`];
}

function roadLines(road: RoadAnatomy, paint: Paint): string[] {
  const [head = "", ...lines] = textTable<AnatomySegment>(
    [
      { head: "segment".padEnd(28), align: "left", cell: ({ name }) => name },
      { head: "who", align: "left", cell: ({ owner }) => OWNER_WORDS[owner] },
      {
        head: "median".padStart(22),
        align: "right",
        cell: ({ median }) => (median === null ? "" : boundedText(median)),
      },
      { head: "mean".padStart(22), align: "right", cell: ({ mean }) => boundedText(mean) },
    ],
    road.segments,
  );
  return [
    `${paint("bold", shownName(road.scenario))}  ${wholeText(road)}`,
    paint("dim", lookingText(road)),
    paint("dim", head),
    ...lines,
  ];
}

/** `caller's median 80.1 µs [78, 83], medians of the segments add up to 66.2 µs; mean 92.4 µs`. */
export function wholeText(road: RoadAnatomy): string {
  return (
    `caller's median ${boundedText(road.caller.median)}, the segments' medians add up to ` +
    `${duration(sumOfMedians(road))}; mean ${duration(road.caller.mean.estimateNs)}`
  );
}

export function sumOfMedians({ segments }: RoadAnatomy): number {
  return segments.reduce((sum, { median }) => sum + (median?.estimateNs ?? 0), 0);
}

export function lookingText({ looking, booked, trials, voidTrials, repeats }: RoadAnatomy): string {
  const cost = looking === null ? "not known" : durationInterval(looking);
  const voids =
    voidTrials.length === 0
      ? ""
      : `; ${voidTrials.length} void ${plural(voidTrials.length)}, ${repeats === 0 ? "not measured again" : `measured again ${times(repeats)}`}`;
  return `looking moved the caller's median by ${cost}; ${count(booked)} calls booked, as many as sent, in ${trials} trials${voids}`;
}

const plural = (trials: number): string => (trials === 1 ? "trial" : "trials");

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

/** `3.10 µs [2.98, 3.31]`, all in the unit of the estimate. */
export function boundedText({ estimateNs, lowNs, highNs }: Bounded): string {
  if (lowNs === null || highNs === null) return duration(estimateNs);
  const unit = duration(Math.max(Math.abs(estimateNs), highNs)).split(" ")[1] ?? "ns";
  const size = { s: 1e9, ms: 1e6, µs: 1e3, ns: 1 }[unit] ?? 1;
  const write = (value: number): string => significant(value / size);
  return `${write(estimateNs)} ${unit} [${write(lowNs)}, ${write(highNs)}]`;
}

/** Field names are a contract; add, never rename. */
export function anatomyJson(record: AnatomyRecord, file: string): unknown {
  const { roads, untold } = anatomyOf(record);
  const bounded = ({ estimateNs, lowNs, highNs }: Bounded): object => ({
    estimate_ns: estimateNs,
    low_ns: lowNs,
    high_ns: highNs,
  });
  return {
    anatomy: {
      id: record.id,
      file,
      level: record.level,
      wake_ups: record.wakeUps ?? false,
      seed: record.seed,
      server_delay_ns: record.serverDelayNs,
    },
    machine: record.fingerprint,
    roads: roads.map((road) => ({
      name: road.scenario.name,
      ...(isExperimental(road.scenario.road) ? { experimental: true } : {}),
      segments: road.segments.map(({ name, owner, median, mean }) => ({
        name,
        owner,
        median: median === null ? null : bounded(median),
        mean: bounded(mean),
      })),
      wire: { median: bounded(road.wire.median), mean: bounded(road.wire.mean) },
      caller: { median: bounded(road.caller.median), mean: bounded(road.caller.mean) },
      looking_ns: road.looking,
      booked: road.booked,
      trials: road.trials,
      void_trials: road.voidTrials,
      repeats: road.repeats,
    })),
    untold: untold.map(([name, reason]) => ({ name, reason })),
    warnings: noticesOf(record),
  };
}

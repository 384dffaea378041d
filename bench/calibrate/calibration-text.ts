/** A calibration as tables for people. */
import { painter, type Paint, type Style } from "../../reports/paint.js";
import { count, duration, durationInterval, ratioInterval, significant } from "../../reports/quantities.js";
import { textTable, type TextColumn } from "../../reports/text-table.js";
import type {
  CalibrationCheck,
  CalibrationRecord,
  DelayLine,
  FloorLine,
  KeptDifference,
} from "../../results/calibration-record.js";

export interface CalibrationTextOptions {
  readonly colour: boolean;
  /** Where the record lies, for the last line. */
  readonly file: string;
}

export function renderCalibration(record: CalibrationRecord, options: CalibrationTextOptions): string {
  const paint = painter(options.colour);
  return [
    headLines(record),
    [paint("bold", "A server that answers at once"), ...textTable(FLOOR, record.floor)],
    pairLines(record),
    [paint("bold", "Known delays, above the floor"), ...textTable(DELAYS, record.delays)],
    [paint("bold", "Checks"), ...record.checks.map((check) => checkLine(check, paint))],
    [`verdict  ${paint(STATE_STYLE[record.state], record.state)}`, `record   ${options.file}`],
  ]
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

const STATE_STYLE = { VALID: "green", SUSPECT: "yellow", INVALID: "red" } as const;

function headLines({ machine, settings }: CalibrationRecord): string[] {
  const pinned = (cpus: string | null): string => (cpus === null ? "unpinned" : `on CPU ${cpus}`);
  const { generatorCpus, serverCpus, place, quick, seed } = settings;
  return [
    `${machine["cpu"]}, ${machine["cpus"]} CPUs, Linux ${machine["kernel"]}, Node ${machine["node"]}, tollgate ${machine["tollgate"]}`,
    `generator ${pinned(generatorCpus)}, server ${pinned(serverCpus)}, ${place}${quick ? ", quick" : ""}, seed ${seed}`,
  ];
}

const orNothing = (valueNs: number | null): string => (valueNs === null ? "" : duration(valueNs));
const orNotSaid = (valueNs: number | null): string => (valueNs === null ? "n/a" : duration(valueNs));
/** A closed loop has no intended times; a quantile that few calls reach is not said. */
const ifOpen = (line: FloorLine, valueNs: number | null): string =>
  line.rate === null ? orNothing(valueNs) : orNotSaid(valueNs);

function right<Row>(head: string, cell: (row: Row) => string): TextColumn<Row> {
  return { head, align: "right", cell };
}

const FLOOR: readonly TextColumn<FloorLine>[] = [
  { head: "load", align: "left", cell: ({ load }) => load },
  right("calls", ({ calls }) => count(calls)),
  right("service p50", ({ serviceP50Ns }) => orNotSaid(serviceP50Ns)),
  right("p99", ({ serviceP99Ns }) => orNotSaid(serviceP99Ns)),
  right("response p50", (line) => ifOpen(line, line.responseP50Ns)),
  right("p99", (line) => ifOpen(line, line.responseP99Ns)),
  right("late p50", (line) => ifOpen(line, line.latenessP50Ns)),
  right("p99", (line) => ifOpen(line, line.latenessP99Ns)),
  right("CPU/call", ({ clientCpuNs }) => orNotSaid(clientCpuNs)),
  right("gaps", ({ gapDistance }) => (gapDistance === null ? "" : gapDistance.toFixed(3))),
  { head: "", align: "left", cell: ({ state }) => state },
];

function pairLines({ twin, reference }: CalibrationRecord): string[] {
  const smallest =
    twin.smallestDetectable === null
      ? "too few pairs to tell the smallest difference"
      : `differences from ${significant(twin.smallestDetectable * 100)} % on are seen${inNs(twin)}`;
  return [
    `lean beside itself, ${twin.load}, ${twin.pairs} pairs: ${smallest}`,
    `grpc-js − lean, ${reference.load}, ${reference.pairs} pairs: service p50 ${differenceText(reference.serviceP50)}`,
    `  client CPU per call ${differenceText(reference.clientCpu)}`,
  ];
}

function inNs({ serviceP50, smallestDetectable }: CalibrationRecord["twin"]): string {
  if (serviceP50 === null || smallestDetectable === null) return "";
  return ` (${duration(serviceP50.firstNs * smallestDetectable)} of ${duration(serviceP50.firstNs)})`;
}

function differenceText(difference: KeptDifference | null): string {
  if (difference === null) return "n/a";
  return `${durationInterval(difference.absoluteNs)}, ${ratioInterval(difference.ratio)}`;
}

const DELAYS: readonly TextColumn<DelayLine>[] = [
  { head: "true", align: "left", cell: ({ delayNs }) => duration(delayNs) },
  right("calls", ({ calls }) => count(calls)),
  right("in response", ({ reportedResponseNs }) => orNotSaid(reportedResponseNs)),
  right("in service", ({ reportedServiceNs }) => orNotSaid(reportedServiceNs)),
  right("tolerance", ({ toleranceNs }) => `± ${duration(toleranceNs)}`),
];

const MARKS: Readonly<Record<CalibrationCheck["state"], readonly [mark: string, style: Style]>> = {
  kept: ["✓", "green"],
  doubtful: ["!", "yellow"],
  broken: ["✗", "red"],
};

function checkLine({ name, state, expected, seen }: CalibrationCheck, paint: Paint): string {
  const [mark, style] = MARKS[state];
  const short = `${paint(style, mark)} ${name}: ${seen}`;
  return state === "kept" ? short : `${short}; ${state}, expected: ${expected}`;
}

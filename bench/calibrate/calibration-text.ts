/** A calibration as tables for people. */
import { count, duration, durationInterval, ratioInterval, significant } from "../../reports/quantities.js";
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
    [paint("bold", "A server that answers at once"), ...table(FLOOR_HEAD, record.floor.map(floorRow))],
    pairLines(record),
    [paint("bold", "Known delays, above the floor"), ...table(DELAY_HEAD, record.delays.map(delayRow))],
    [paint("bold", "Checks"), ...record.checks.map((check) => checkLine(check, paint))],
    [`verdict  ${paint(STATE_STYLE[record.state], record.state)}`, `record   ${options.file}`],
  ]
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

type Style = "bold" | "dim" | "green" | "yellow" | "red";
type Paint = (style: Style, text: string) => string;
const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };
const STATE_STYLE = { VALID: "green", SUSPECT: "yellow", INVALID: "red" } as const;

function painter(colour: boolean): Paint {
  return (style, text) => (colour ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text);
}

function headLines({ machine, settings }: CalibrationRecord): string[] {
  const pinned = (cpus: string | null): string => (cpus === null ? "unpinned" : `on CPU ${cpus}`);
  const { generatorCpus, serverCpus, place, quick, seed } = settings;
  return [
    `${machine["cpu"]}, ${machine["cpus"]} CPUs, Linux ${machine["kernel"]}, Node ${machine["node"]}, tollgate ${machine["tollgate"]}`,
    `generator ${pinned(generatorCpus)}, server ${pinned(serverCpus)}, ${place}${quick ? ", quick" : ""}, seed ${seed}`,
  ];
}

const FLOOR_HEAD = [
  "load",
  "calls",
  "service p50",
  "p99",
  "response p50",
  "p99",
  "late p50",
  "p99",
  "CPU/call",
  "gaps",
  "",
];

function floorRow(line: FloorLine): string[] {
  return [
    line.load,
    count(line.calls),
    ...[line.serviceP50Ns, line.serviceP99Ns].map(durationOr("n/a")),
    ...[line.responseP50Ns, line.responseP99Ns, line.latenessP50Ns, line.latenessP99Ns].map(
      durationOr(line.rate === null ? "" : "n/a"),
    ),
    durationOr("n/a")(line.clientCpuNs),
    line.gapDistance === null ? "" : line.gapDistance.toFixed(3),
    line.state,
  ];
}

const durationOr =
  (absent: string) =>
  (valueNs: number | null): string =>
    valueNs === null ? absent : duration(valueNs);

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

const DELAY_HEAD = ["true", "calls", "in response", "in service", "tolerance"];

function delayRow({ delayNs, calls, reportedResponseNs, reportedServiceNs, toleranceNs }: DelayLine): string[] {
  return [
    duration(delayNs),
    count(calls),
    ...[reportedResponseNs, reportedServiceNs].map(durationOr("n/a")),
    `± ${duration(toleranceNs)}`,
  ];
}

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

/** The first column to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly string[][]): string[] {
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

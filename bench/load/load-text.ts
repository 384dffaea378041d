/**
 * The result of `tollgate load` as text for people: what was asked, what was felt (response), what the peer took
 * (service) and what we did wrong (lateness) side by side, how calls ended, and whether to believe it.
 *
 * A quantile is shown with ten calls beyond it, else `n/a` (METHOD §4.2). Colour only where asked for, never alone.
 */
import { GRPC_STATUS_NAMES } from "../../loadgen/grpc/status.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import type { Measurement } from "../../loadgen/measurement.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { painter, type Paint } from "../../reports/paint.js";
import { count, duration, significant } from "../../reports/quantities.js";
import { decodedHistogram, seriesHistogram } from "../../results/measured-series.js";
import { countBeyond, type SparseHistogram } from "../../results/sparse-histogram.js";
import type { TrialVerdict } from "../../results/trial.js";
import { THRESHOLDS } from "../../results/verdict-thresholds.js";
import { latencyPicture } from "./latency-picture.js";
import { callName } from "./load-call.js";
import { secondLines } from "./load-seconds.js";
import { cpuPerCallNs, latenciesOf, targetName, type Latencies } from "./load-report.js";

export interface LoadText {
  readonly order: LoadOrder;
  readonly measurement: Measurement;
  readonly verdict: TrialVerdict;
  readonly interrupted: boolean;
  readonly colour: boolean;
}

export function renderLoad({ order, measurement, verdict, interrupted, colour }: LoadText): string {
  const paint = painter(colour);
  const latencies = latenciesOf(order, measurement);
  const shown = latencies.response ?? latencies.service;
  const quantity = latencies.response === null ? "service" : "response";
  return [
    headLines(order, measurement, interrupted, paint),
    tableLines(latencies, paint),
    pictureLines(quantity, shown, paint),
    secondLines(measurement, quantity, paint),
    [...statusLines(order, measurement), ...connectionLines(latencies, measurement), ...costLines(measurement)],
    verdictLines(verdict, measurement, paint),
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

const LABEL = 13;
const line = (label: string, text: string): string => `${label.padEnd(LABEL)}${text}`;

function headLines(order: LoadOrder, measurement: Measurement, interrupted: boolean, paint: Paint): string[] {
  const { plan } = order;
  const seconds = (valueNs: number): string => `${Number((valueNs / 1e9).toPrecision(3))} s`;
  const asked = interrupted
    ? `${seconds(plan.windowNs)} asked, cut short`
    : `after ${seconds(plan.warmupNs)} of warm-up`;
  return [
    `${paint("bold", targetName(order))}  ${callName(plan.mix[0]!)}`,
    line("load", `${loopWords(order)} for ${seconds(measurement.durationNs)} (${asked}), seed ${plan.seed}`),
    line("over", roadWords(order, measurement)),
    line("sent", sentWords(order, measurement)),
  ];
}

/** `closed loop, 1 in flight`, `open loop, poisson 200/s` */
export function loopWords({ plan: { loop } }: LoadOrder): string {
  return `${loop.kind} loop, ${rhythmWords(loop)}`;
}

/** `1 in flight`, `poisson 200/s` */
export function rhythmWords(loop: LoadPlan["loop"]): string {
  if (loop.kind === "closed") return `${count(loop.inFlight)} in flight`;
  const { arrivals } = loop;
  switch (arrivals.kind) {
    case "constant":
    case "poisson":
      return `${arrivals.kind} ${rateText(arrivals.rate)}`;
    case "ramp":
      return `ramp from ${rateText(arrivals.from)} to ${rateText(arrivals.to)}`;
    case "step":
      return `${arrivals.steps} steps from ${rateText(arrivals.from)} to ${rateText(arrivals.to)}`;
    case "replay":
      return `replay of ${count(arrivals.offsetsNs.length)} arrivals`;
  }
}

function roadWords({ transport, plan, targets }: LoadOrder, { health }: Measurement): string {
  const tls = targets.anyone!.tls === null ? "plaintext" : "TLS";
  const room = `${amount(plan.connections, "connection")} × ${count(plan.streams)} streams`;
  const pinned = health.pinnedCpus === null ? "" : ` on CPU ${health.pinnedCpus}`;
  return `${transport}, ${tls}, ${room}, ${amount(health.workers, "worker")}${pinned}, idle ${health.idle}`;
}

function sentWords({ plan }: LoadOrder, { books, durationNs }: Measurement): string {
  const rate = durationNs === 0 ? "" : `, ${rateText((books.sent * 1e9) / durationNs)}`;
  if (plan.loop.kind === "closed") return `${count(books.sent)} calls${rate}`;
  const unsent = books.unsent === 0 ? "" : `, ${count(books.unsent)} never sent: no stream was free`;
  return `${count(books.sent)} of ${count(books.scheduled)} scheduled${rate}${unsent}`;
}

function tableLines({ response, service, lateness }: Latencies, paint: Paint): string[] {
  const columns: [head: string, histogram: SparseHistogram][] = [
    ...(response === null ? [] : [["response", response] as [string, SparseHistogram]]),
    ["service", service],
    ...(lateness === null ? [] : [["lateness", lateness] as [string, SparseHistogram]]),
  ];
  const row = (label: string, cell: (histogram: SparseHistogram) => string): string =>
    label.padEnd(LABEL) + columns.map(([, histogram]) => cell(histogram).padStart(11)).join("");
  return [
    paint("dim", " ".repeat(LABEL) + columns.map(([head]) => head.padStart(11)).join("")),
    row("min", ({ minNs }) => durationOr(minNs)),
    ...QUANTILES.map(([label, q]) => row(label, (histogram) => quantileText(histogram, q))),
    row("max", ({ maxNs }) => durationOr(maxNs)),
    row("mean", ({ meanNs }) => durationOr(meanNs)),
    row("calls", (histogram) => count(histogram.count)),
  ];
}

const QUANTILES: readonly (readonly [label: string, q: number])[] = [
  ["p50", 0.5],
  ["p90", 0.9],
  ["p99", 0.99],
  ["p99.9", 0.999],
];

function quantileText(histogram: SparseHistogram, q: number): string {
  return countBeyond(q, histogram.count) < THRESHOLDS.beyondInTrial ? "n/a" : durationOr(histogram.percentile(q));
}

function durationOr(valueNs: number | null): string {
  return valueNs === null ? "n/a" : duration(valueNs);
}

function pictureLines(quantity: string, histogram: SparseHistogram, paint: Paint): string[] {
  const rows = latencyPicture(histogram);
  return rows.length === 0 ? [] : [paint("dim", `${quantity}, calls from …`), ...rows.map((row) => `  ${row}`)];
}

function statusLines({ plan }: LoadOrder, measurement: Measurement): string[] {
  const { books } = measurement;
  const failures = GRPC_STATUS_NAMES.flatMap((status) => {
    const failed = books.failed[status] ?? 0;
    if (failed === 0) return [];
    const took = seriesHistogram(measurement, plan.mix[0]!.method, `failure:${status}`);
    const times = took === null ? "" : ` (${durationOr(took.minNs)} to ${durationOr(took.maxNs)})`;
    return [`${status} ${count(failed)}${times}`];
  });
  const unanswered = books.inFlightAtEnd === 0 ? [] : [`${count(books.inFlightAtEnd)} unanswered at the end`];
  return [line("statuses", [`OK ${count(books.ok)}`, ...failures, ...unanswered].join(" · "))];
}

function connectionLines({ blocked }: Latencies, { connections }: Measurement): string[] {
  const { opened, connect, handshake, reconnects, goaways, protocolErrors, facts } = connections;
  const tls = facts[0]?.tls ?? null;
  const parts = [
    `${count(opened)} opened`,
    `connect ${rangeText(decodedHistogram(connect))}`,
    ...(handshake === null ? [] : [`handshake ${rangeText(decodedHistogram(handshake))}`]),
    ...(tls === null ? [] : [`${tls.version} ${tls.cipher}`]),
  ];
  const troubles = [
    ...(reconnects === 0 ? [] : [`${count(reconnects)}× lost and opened again`]),
    ...(goaways === 0 ? [] : [`${count(goaways)} GOAWAY`]),
    ...(protocolErrors === 0 ? [] : [amount(protocolErrors, "protocol error")]),
  ];
  return [
    line("blocked", blocked.count === 0 ? "no call waited for a stream" : blockedText(blocked)),
    line("connections", [...parts, ...troubles].join(" · ")),
  ];
}

function blockedText(blocked: SparseHistogram): string {
  return `${amount(blocked.count, "call")} waited for a stream, ${rangeText(blocked)}`;
}

/** Of few values: the middle and the worst say all. */
function rangeText(histogram: SparseHistogram): string {
  return histogram.count === 1
    ? durationOr(histogram.maxNs)
    : `p50 ${durationOr(histogram.percentile(0.5))}, max ${durationOr(histogram.maxNs)}`;
}

function costLines(measurement: Measurement): string[] {
  const { health, connections, durationNs } = measurement;
  const perCall = cpuPerCallNs(measurement);
  const parts = [
    ...(perCall === null ? [] : [`${duration(perCall)} of CPU per call`]),
    `busy ${percent(health.busyShare)}`,
    ...(health.spinNs > 0 && durationNs > 0 ? [`waiting in a spin ${percent(health.spinNs / durationNs)}`] : []),
    ...(connections.callsPerWrite > 0 ? [`${significant(connections.callsPerWrite)} calls per write`] : []),
    ...(health.gcTotalNs > 0 ? [`garbage collection ${duration(health.gcTotalNs)}`] : []),
  ];
  return [line("generator", parts.join(" · "))];
}

function verdictLines(verdict: TrialVerdict, { notes }: Measurement, paint: Paint): string[] {
  const style = { VALID: "green", SUSPECT: "yellow", INVALID: "red" } as const;
  return [
    ...notes.map((note) => line("note", note)),
    line("path", "not proven: this command knows no road"),
    line("verdict", paint(style[verdict.state], verdict.state)),
    ...verdict.reasons.map(
      ({ state, text }) => `${" ".repeat(LABEL)}${paint(style[state], state.toLowerCase())}: ${text}`,
    ),
  ];
}

function percent(share: number): string {
  return `${significant(share * 100)} %`;
}

function rateText(rate: number): string {
  return `${rate >= 1000 ? count(rate) : significant(rate)}/s`;
}

function amount(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

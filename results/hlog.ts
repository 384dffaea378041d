/**
 * HdrHistogram's interval log, format 1.3 with V2 payloads: the histograms of a trial in a form that the readers of
 * other languages open too (HistogramLogWriter.java, HistogramLogReader.java, hdr_histogram_log.c).
 *
 *   #[Histogram log format version 1.3]
 *   #[BaseTime: 1795458600.000 (seconds since epoch)]
 *   #[StartTime: 1795458600.000 (seconds since epoch), 2026-11-23T18:30:00.000Z]
 *   "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
 *   Tag=ProcessPayment/service,0.200,0.400,1.234,HISTFAAAA…
 *
 * Easy to get wrong: the second field is a length, not an end; no blank line anywhere, C stops reading there; header
 * lines under 128 bytes for C; Interval_Max is in ms for a histogram in ns (Java's ratio of 1,000,000).
 */
import { Fault } from "../loadgen/fault.js";
import { mendV2 } from "./hdr-v2.js";

export interface Hlog {
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Free lines for people, at the top. */
  readonly comments: readonly string[];
  readonly lines: readonly HlogLine[];
}

export interface HlogLine {
  /** Null: no tag. No comma, space or line break. */
  readonly tag: string | null;
  /** From the start of the log. */
  readonly atNs: number;
  readonly lengthNs: number;
  readonly maxNs: number;
  /** V2 compressed, base64. */
  readonly v2: string;
}

const LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"';
const NS_PER_MS = 1e6;
/** hdr_histogram_log.c reads header lines into a buffer of 128. */
const HEADER_LENGTH = 127;

export function writeHlog(log: Hlog): string {
  const epoch = (log.startedAtMs / 1e3).toFixed(3);
  const header = [
    ...log.comments.map((comment) => `#[${comment.replace(/[\r\n]+/g, " ")}`.slice(0, HEADER_LENGTH - 1) + "]"),
    "#[Histogram log format version 1.3]",
    `#[BaseTime: ${epoch} (seconds since epoch)]`,
    `#[StartTime: ${epoch} (seconds since epoch), ${new Date(log.startedAtMs).toISOString()}]`,
    LEGEND,
  ];
  return [...header, ...log.lines.map(writeLine), ""].join("\n");
}

function writeLine({ tag, atNs, lengthNs, maxNs, v2 }: HlogLine): string {
  if (tag !== null && !/^[^,\s]+$/.test(tag)) throw new Error(`"${tag}" cannot be the tag of an interval log`);
  const times = [atNs / 1e9, lengthNs / 1e9, maxNs / NS_PER_MS].map((value) => value.toFixed(3));
  return [...(tag === null ? [] : [`Tag=${tag}`]), ...times, mendV2(v2)].join(",");
}

/**
 * @param where names the file in the words of a Fault
 * @throws Fault when a line is no interval line; the payloads are not looked into
 */
export function readHlog(text: string, where: string): Hlog {
  const rows = text.split(/\r?\n/).map((row, i) => ({ row, number: i + 1 }));
  const comments = rows
    .filter(({ row }) => row.startsWith("#"))
    .map(({ row }) => row.replace(/^#\[?/, "").replace(/\]$/, ""));
  const seconds = (name: string): number | null => {
    const line = comments.find((comment) => comment.startsWith(`${name}:`));
    return line === undefined ? null : Number.parseFloat(line.slice(name.length + 1));
  };
  const start = seconds("StartTime") ?? seconds("BaseTime") ?? 0;
  const base = seconds("BaseTime") ?? 0;
  return {
    startedAtMs: Math.round(start * 1e3),
    comments: comments.filter((comment) => !/^(Histogram log format version|BaseTime:|StartTime:)/.test(comment)),
    lines: rows
      .filter(({ row }) => row !== "" && !row.startsWith("#") && !row.startsWith('"'))
      .map(({ row, number }) => readLine(row, `${where}, line ${number}`, start, base)),
  };
}

/** Java's rule: without a BaseTime, timestamps more than a year before StartTime count from StartTime. */
const A_YEAR = 365 * 24 * 3600;

function readLine(row: string, where: string, start: number, base: number): HlogLine {
  const fields = row.split(",");
  const tag = fields[0]?.startsWith("Tag=") === true ? (fields.shift() as string).slice("Tag=".length) : null;
  const [timestamp = NaN, length = NaN, max = NaN] = fields.slice(0, 3).map(Number);
  const v2 = fields[3];
  if (fields.length !== 4 || v2 === undefined || ![timestamp, length, max].every(Number.isFinite)) {
    throw new Fault({
      fact: `${where} is no line of an interval log`,
      expected: "[Tag=…,]start,length,max,payload",
      seen: row.length > 60 ? `${row.slice(0, 60)} …` : row,
    });
  }
  const isRelative = base === 0 && start - timestamp > A_YEAR;
  const atSeconds = isRelative ? timestamp : base - start + timestamp;
  // Seconds since the epoch leave a double no better than a microsecond.
  const wholeMicros = (seconds: number): number => Math.round(seconds * 1e6) * 1e3;
  return { tag, atNs: wholeMicros(atSeconds), lengthNs: wholeMicros(length), maxNs: max * NS_PER_MS, v2 };
}

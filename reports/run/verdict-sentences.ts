/**
 * The verdict of a run as sentences, made from the declared chains only: what L4, L7 and TLS interception add to one
 * call, each with its interval, or that this run cannot tell.
 */
import type { Comparison, RunComparison } from "../../results/comparison-shape.js";
import { percentText } from "../../results/verdict-words.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { duration, intervalParts } from "../quantities.js";

/** Parts of a sentence, in order; `strong` carries the claim, `faint` the interval. */
export type Sentence = readonly SentencePart[];
export interface SentencePart {
  readonly text: string;
  readonly emphasis: "plain" | "strong" | "faint";
}

export interface Subject {
  readonly candidate: string;
  readonly baseline: string;
  /** Begins the sentence: `An L7 policy in Envoy`. */
  readonly subject: string;
  /** A change of the road itself, not something that is put on it: it has no toll of its own. */
  readonly isChange?: true;
  /** Ends with what Envoy spent. */
  readonly tellsEnvoyCpu?: true;
}

/** What the verdict of a run speaks of. */
export interface VerdictSubjects {
  readonly subjects: readonly Subject[];
  /** What stands against what, for all of them. */
  readonly held: string;
}

export const TOLLS: VerdictSubjects = {
  subjects: [
    { candidate: "l4", baseline: "no-policy", subject: "An L4 policy in eBPF" },
    { candidate: "l7", baseline: "l4", subject: "An L7 policy in Envoy", tellsEnvoyCpu: true },
    { candidate: "l7-tls", baseline: "l7", subject: "Taking TLS off and putting it on again" },
  ],
  held: "each road against the one before it",
};

export function verdictSentences(comparison: RunComparison, { subjects }: VerdictSubjects = TOLLS): Sentence[] {
  return subjects.flatMap((subject) => {
    const found = chain(comparison, subject);
    return found === null ? [] : [sentence(subject, found, comparison)];
  });
}

function chain({ comparisons }: RunComparison, { candidate, baseline }: Subject): Comparison | null {
  return (
    comparisons.find(
      (one) =>
        one.candidate === candidate &&
        one.baseline === baseline &&
        one.metric === "service_p50" &&
        one.method === HEADLINE_METHOD &&
        one.family === "declared",
    ) ?? null
  );
}

function sentence(about: Subject, found: Comparison, comparison: RunComparison): Sentence {
  const { subject } = about;
  const { absoluteNs: toll, verdict } = found;
  if (toll === null || verdict === "invalid")
    return [strong(`${subject}: not told by this run`), plain(`${why(found)}.`)];
  const { estimate, unit, bounds } = intervalParts(toll);
  // Beside an estimate the bounds share its unit; alone they carry their own.
  const interval = faint(` ${bounds}`);
  const intervalAlone = faint(` ${bounds.slice(0, -1)} ${unit}]`);
  switch (verdict) {
    case "slower":
      return [
        plain(`${subject} `),
        strong(`adds ${estimate} ${unit} to a call`),
        interval,
        ...(about.tellsEnvoyCpu === true ? envoyCpu(found, comparison) : [plain(".")]),
      ];
    case "faster":
      return [plain(`${subject} `), strong(`saves ${estimate.replace("−", "")} ${unit} a call`), interval, plain(".")];
    case "indistinguishable":
      return [
        plain(`${subject} `),
        strong(`changes a call by less than ${marginText(found)}`),
        intervalAlone,
        plain("."),
      ];
    case "inconclusive":
    case "added":
    case "removed":
      return [
        plain(about.isChange === true ? `${subject} ` : "The toll of "),
        strong(about.isChange === true ? "is not resolved here" : `${lowerFirst(subject)} is not resolved here`),
        intervalAlone,
        plain(`${moreBlocks(found)}.`),
      ];
  }
}

/** What is missing: calls, valid trials, the road itself. */
function why({ notes: [first] }: Comparison): string {
  return first === undefined ? "" : `; ${first.replace(/^n\/a: /, "")}`;
}

/** What would resolve it; every other doubt stands beside the row in the table, a headline is no place for it. */
function moreBlocks({ notes }: Comparison): string {
  const advice = notes.find((note) => note.startsWith("about "));
  return advice === undefined ? "" : `: ${advice}`;
}

/** The claim of equivalence needs its bound (METHOD §7). */
function marginText({ margin, baselineNs }: Comparison): string {
  return `${percentText(margin.fraction)}${baselineNs === null ? "" : `, ${duration(margin.fraction * baselineNs)}`}`;
}

/** What all sentences have in common: quantity, method, load, blocks and confidence. */
export function verdictFooting(comparison: RunComparison, { subjects, held }: VerdictSubjects = TOLLS): string | null {
  const found = subjects.map((subject) => chain(comparison, subject)).filter((one) => one !== null);
  if (found.length === 0) return null;
  const blocks = [...new Set(found.map((one) => one.n))].sort((a, b) => a - b);
  const joint = percentText(1 - comparison.declared.alpha);
  return `Median service time of ${HEADLINE_METHOD} with one call in flight, ${held}; ${blocks.join(" to ")} ${blocks.at(-1) === 1 ? "block" : "blocks"}, all intervals together at ${joint}.`;
}

function envoyCpu(found: Comparison, { comparisons }: RunComparison): SentencePart[] {
  const cpu = comparisons.find(
    (one) =>
      one.candidate === found.candidate &&
      one.pass === found.pass &&
      one.metric === "envoy_cpu_per_call" &&
      one.candidateNs !== null,
  );
  if (cpu?.candidateNs === undefined || cpu.candidateNs === null) return [plain(".")];
  return [plain(` and ${duration(cpu.candidateNs)} of Envoy's CPU.`)];
}

export function sentenceText(sentence: Sentence): string {
  return sentence.map((part) => part.text).join("");
}

export const lowerFirst = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
const plain = (text: string): SentencePart => ({ text, emphasis: "plain" });
const strong = (text: string): SentencePart => ({ text, emphasis: "strong" });
const faint = (text: string): SentencePart => ({ text, emphasis: "faint" });

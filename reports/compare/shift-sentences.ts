/**
 * The verdict on two runs as sentences, made from the declared chains only: did the toll of L4, of L7 and of TLS
 * interception move, by how much, or that these runs cannot tell.
 */
import type { AcrossCell, AcrossVerdict, RunsComparison } from "../../results/across/across-shape.js";
import type { Shift } from "../../results/across/shift.js";
import { percentText } from "../../results/verdict-words.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { duration, durationInterval, ratioInterval, signedDuration } from "../quantities.js";
import { subjectsOf } from "../run/preview-subjects.js";
import { lowerFirst, type Sentence, type SentencePart } from "../run/verdict-sentences.js";

export interface ShiftSentence {
  readonly text: Sentence;
  /** It claims something: what moved, or that nothing did. */
  readonly isFirm: boolean;
}

export function shiftSentences({ cells, after }: RunsComparison): ShiftSentence[] {
  // What a later Envoy changes within one run is no toll.
  const tolls = subjectsOf(after.header).subjects.filter(({ isChange }) => isChange !== true);
  return tolls.flatMap(({ candidate, baseline, subject }) => {
    const cell = cells.find(
      (one) =>
        one.candidate === candidate &&
        one.baseline === baseline &&
        one.family === "declared" &&
        one.method === HEADLINE_METHOD &&
        one.metric === "service_p50",
    );
    return cell === undefined ? [] : [{ text: sentence(subject, cell), isFirm: FIRM.includes(cell.verdict) }];
  });
}

const FIRM: readonly AcrossVerdict[] = ["slower", "faster", "indistinguishable"];

function sentence(subject: string, cell: AcrossCell): Sentence {
  const { verdict, shift, notes } = cell;
  const note = (notes[0] ?? "nothing to compare").replace(/^n\/a: /, "");
  const toll = `The toll of ${lowerFirst(subject)}`;
  if (verdict === "added" || verdict === "removed") return [plain(`${toll} was measured `), strong(note), plain(".")];
  if (verdict === "not compared") return [plain(`${toll} is `), strong("not compared"), plain(`: ${note}.`)];
  if (shift === null) return [plain(`${toll} says `), strong("nothing"), plain(`; ${note}.`)];
  switch (verdict) {
    case "slower":
      return [plain(`${subject} `), strong("costs more than before"), ...change(cell, shift)];
    case "faster":
      return [plain(`${subject} `), strong("costs less than before"), ...change(cell, shift)];
    case "indistinguishable":
      return [
        plain(`${toll} `),
        strong(`moved by less than ${percentText(cell.margin.fraction)}`),
        faint(` (${ratioInterval(shift.ratio)}; ${tolls(cell)})`),
        plain("."),
      ];
    case "inconclusive":
    case "invalid":
      return [
        plain(`Whether ${lowerFirst(toll)} moved is `),
        strong("not resolved here"),
        faint(` (${ratioInterval(shift.ratio)}; ${tolls(cell)})`),
        plain(`: ${notes.find((one) => /^(about|not to be)/.test(one)) ?? note}.`),
      ];
  }
}

function change(cell: AcrossCell, { ratio, changeNs }: Shift): Sentence {
  return [
    plain(`: ${tolls(cell)}, a change of ${durationInterval(changeNs)}; against ${cell.baseline} `),
    strong(ratioInterval(ratio)),
    plain("."),
  ];
}

/** `+211 µs then, +254 µs now` */
function tolls({ before, after }: AcrossCell): string {
  const text = (side: AcrossCell["before"]): string =>
    side?.tollNs === undefined || side.tollNs === null ? "n/a" : signedDuration(side.tollNs.estimate);
  return `${text(before)} a call then, ${text(after)} now`;
}

/** What a run shows for a cell: its toll, or the level where only that is compared. */
export function tollText(side: AcrossCell["before"]): string {
  if (side === null) return "";
  if (side.basis === "level") return side.candidateNs === null ? "n/a" : duration(side.candidateNs);
  return side.tollNs === null ? "n/a" : signedDuration(side.tollNs.estimate);
}

const plain = (text: string): SentencePart => ({ text, emphasis: "plain" });
const strong = (text: string): SentencePart => ({ text, emphasis: "strong" });
const faint = (text: string): SentencePart => ({ text, emphasis: "faint" });

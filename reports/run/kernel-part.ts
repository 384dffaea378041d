/**
 * The experimental road l7-kernel in a report: what it cost never stands without what it does to refused calls, how it
 * was fooled, and what it cannot judge. It is in no table, ladder or verdict of the other roads.
 */
import { headlinePass } from "../../results/comparison-cells.js";
import type { Comparison, Interval, RunComparison } from "../../results/comparison-shape.js";
import {
  succeeded,
  type AttackShown,
  type CallEnd,
  type KernelDemonstration,
} from "../../results/kernel-demonstration.js";
import type { Run, RunHeader } from "../../results/run-shape.js";
import { isUsable } from "../../results/trial-metrics.js";
import { isExperimental, shownName } from "../../scenarios/l7-kernel.js";
import type { KernelAction } from "../../scenarios/scenario.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { duration, durationInterval } from "../quantities.js";
import { counted } from "../../results/verdict-words.js";

export interface KernelPart {
  readonly road: string;
  /** Whole sentences; none where nothing was demonstrated. */
  readonly costs: readonly string[];
  /** The program's own time a packet, and its toll over an L4 policy; null where this run did not measure it. */
  readonly programNs: number | null;
  readonly overL4: Interval | null;
  readonly refusals: readonly RefusalRow[];
  readonly attacks: readonly string[];
  /** Whether a refused call was answered under any of them. */
  readonly wasFooled: boolean;
}

export interface RefusalRow {
  readonly action: KernelAction;
  readonly refused: string;
  readonly beside: string;
  readonly later: string;
}

export const KERNEL_LEAD =
  "An experiment: gRPC methods judged by a program in the kernel, as an article imagines it. Nobody ships it; it is " +
  "here to be measured, and no advice or capacity of this report rests on it.";

export const CANNOT_JUDGE =
  "It cannot judge TLS, connections older than the program, header blocks above 1 KiB (a bearer token is enough) and " +
  "paths above 64 bytes: all of these are refused.";

/** One per experimental road of the run. */
export function kernelParts(run: Run, comparison: RunComparison): KernelPart[] {
  return run.header.scenarios
    .filter(({ road }) => isExperimental(road))
    .map(({ name }) => {
      const shown = (run.demonstrations ?? []).find(({ scenario }) => scenario === name);
      if (shown === undefined) return { ...NOT_SHOWN, road: name };
      return {
        road: name,
        costs: costsOf(run, comparison, name),
        programNs: programTimeOf(run, name),
        overL4: tollOver(run, comparison, name, "l4")?.absoluteNs ?? null,
        refusals: refusalRows(shown),
        attacks: attackSentences(shown.attacks),
        wasFooled: shown.attacks.some(succeeded),
      };
    });
}

const NOT_SHOWN: Omit<KernelPart, "road"> = {
  costs: [],
  programNs: null,
  overL4: null,
  refusals: [],
  attacks: [],
  wasFooled: false,
};

/** The road's name where it stands among others'. */
export function roadLabel({ scenarios }: RunHeader, name: string): string {
  const scenario = scenarios.find((one) => one.name === name);
  return scenario === undefined ? name : shownName(scenario);
}

/** The header as the other roads' tables see it. */
export function standardHeader(header: RunHeader): RunHeader {
  return { ...header, scenarios: header.scenarios.filter(({ road }) => !isExperimental(road)) };
}

const AGAINST: Readonly<Record<string, string>> = {
  "no-policy": "over no policy",
  l4: "over an L4 policy",
  l7: "against Envoy's l7",
};

/** Where roads took turns, from there: a window of its own holds the machine's moods as well. */
function tollOver(
  { header }: Run,
  { comparisons }: RunComparison,
  road: string,
  baseline: string,
): Comparison | undefined {
  const pass = headlinePass(header.design);
  return comparisons.find(
    (one) =>
      one.candidate === road &&
      one.baseline === baseline &&
      one.pass === pass &&
      one.metric === "service_p50" &&
      one.method === HEADLINE_METHOD,
  );
}

function costsOf(run: Run, comparison: RunComparison, road: string): string[] {
  const costs = Object.entries(AGAINST).flatMap(([baseline, words]) => {
    const found = tollOver(run, comparison, road, baseline);
    if (found?.absoluteNs === undefined || found.absoluteNs === null) return [];
    return [`by ${durationInterval(found.absoluteNs)} ${words} (${found.verdict}, ${counted(found.n, "block")})`];
  });
  const program = programTimeOf(run, road);
  const turns = headlinePass(run.header.design) === "interleaved" ? ", the roads taking turns," : "";
  return [
    ...(costs.length === 0
      ? []
      : [`The median service time with one call in flight${turns} moved ${costs.join("; ")}.`]),
    ...(program === null
      ? []
      : [`The program itself ran ${duration(program)} a packet, the clock's own cost included.`]),
  ];
}

/** Median over trials of the program's mean time a run. */
function programTimeOf(run: Run, road: string): number | null {
  const means = run.trials
    .filter(isUsable)
    .flatMap(({ scenario, outcome }) =>
      scenario === road && outcome.programTime !== undefined && outcome.programTime.runs > 0
        ? [outcome.programTime.runNs / outcome.programTime.runs]
        : [],
    )
    .sort((a, b) => a - b);
  return means[Math.floor((means.length - 1) / 2)] ?? null;
}

function refusalRows({ refusals }: KernelDemonstration): RefusalRow[] {
  return refusals.map(({ action, refused, beside, later, reconnected }) => ({
    action,
    refused: endText(refused),
    beside: [...new Set(beside.map(({ seen }) => SEEN[seen] ?? seen))].join(", "),
    later: `${SEEN[later.seen] ?? later.seen}${reconnected ? " after connecting anew" : ""}`,
  }));
}

const SEEN: Readonly<Record<string, string>> = { DEADLINE_EXCEEDED: "hang" };

function endText({ seen, serviceNs }: CallEnd): string {
  if (seen === "DEADLINE_EXCEEDED") return `hangs: nothing within ${duration(serviceNs)}`;
  return `${seen}, service ${duration(serviceNs)}`;
}

const ATTACK_WORDS: Readonly<Record<AttackShown["attack"], string>> = {
  "forged-segment": "A forged segment with an allowed call, which dies behind the program (it takes CAP_NET_RAW),",
  "lost-packet": "One lost packet, whose retransmission carries the bytes that were rewritten,",
};

/** One for each attack and what came of it, with the actions that it was tried against. */
function attackSentences(attacks: readonly AttackShown[]): string[] {
  const actions = new Map<string, KernelAction[]>();
  for (const shown of attacks) {
    const text = attackText(shown);
    actions.set(text, [...(actions.get(text) ?? []), shown.action]);
  }
  return [...actions].map(
    ([text, names]) => `${text}: ${names.length === 1 ? "action" : "actions"} ${names.join(", ")}.`,
  );
}

function attackText(shown: AttackShown): string {
  const { attack, answeredPlainly, answeredUnderAttack } = shown;
  const answered = succeeded(shown)
    ? "got a refused call answered by the server"
    : `did not get a refused call answered (${answeredPlainly} plainly, ${answeredUnderAttack} under attack)`;
  return `${ATTACK_WORDS[attack]} ${answered}`;
}

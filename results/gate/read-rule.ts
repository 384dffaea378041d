/**
 * From the words of one rule to what they mean: roads, metrics, loads and limits by name, and only such as go together.
 */
import { PAYMENTS_METHODS } from "../../proto/payments.js";
import { CATALOGUE, CLUSTER_CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import { L7_KERNEL_NAME } from "../../scenarios/l7-kernel.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import type { Position } from "../../scenarios/yaml.js";
import type { Metric } from "../comparison-shape.js";
import { ALL_METHODS } from "../trial-evidence.js";
import type { PassName } from "../trial.js";
import { durationText, percentText } from "../verdict-words.js";
import type { GateRule, HeldAgainst, Limit } from "./gate-rule.js";
import { adviceOf, type Mistake, type WrittenRule } from "./written-rule.js";

type Load = NonNullable<WrittenRule["load"]>;
type Key = keyof WrittenRule;
type At = (key?: Key) => Position;

/** Thrown and caught in here: a rule is told by its first mistake. */
class Mistaken extends Error {
  constructor(readonly mistake: Mistake) {
    super(mistake.fact);
  }
}

/**
 * The rule, or what is wrong with it.
 * @param at where a key of the rule stands
 * @param headline pass of the run that is judged
 */
export function readRule(written: WrittenRule, at: At, headline: PassName): GateRule | Mistake[] {
  const wrong = (key: Key | undefined, fact: string, advice: string | null = null): never => {
    throw new Mistaken({ at: at(key), fact, advice });
  };
  try {
    const road = knownRoad(written.road, "road", wrong);
    const held = heldAgainst(written, road, wrong);
    const { metric, load } = figureOf(written, headline, wrong);
    const limit = limitOf(written, held, wrong);
    const method = methodOf(written, metric, wrong);
    const rule = { at: at(), road, pass: PASS_OF[load], method, metric, held, limit };
    return { ...rule, name: written.name ?? nameOf(rule, load) };
  } catch (error) {
    if (error instanceof Mistaken) return [error.mistake];
    throw error;
  }
}

type Wrong = (key: Key | undefined, fact: string, advice?: string | null) => never;

const PASS_OF: Readonly<Record<Load, PassName>> = {
  interleaved: "interleaved",
  closed: "single",
  open: "mix",
  reconnect: "reconnect",
};
const QUANTITY_OF: Readonly<Record<Load, string>> = {
  interleaved: "service",
  closed: "service",
  open: "response",
  reconnect: "call",
};

function knownRoad(name: string, key: Key, wrong: Wrong, others: readonly string[] = []): string {
  const known = [...CATALOGUE, ...CLUSTER_CATALOGUE].map((scenario) => scenario.name);
  if (known.includes(name)) return name;
  if (/^l7@\d+\.\d+\.\d+$/.test(name)) return scenarioByName(name).name;
  if (name.startsWith(L7_KERNEL_NAME)) return wrong(key, `the road "${name}" is experimental: no gate rests on it`);
  return wrong(key, `there is no road "${name}"`, adviceOf(name, [...others, ...known]));
}

function heldAgainst({ against, compare, max }: WrittenRule, road: string, wrong: Wrong): HeldAgainst {
  if (compare !== undefined && against !== "baseline") {
    return wrong(
      "compare",
      "compare says what of two runs is compared",
      "against: baseline beside it, or leave it out",
    );
  }
  if (against === undefined) {
    if (max !== undefined) return { kind: "fence" };
    return wrong(undefined, "the rule is held against nothing", "against: baseline, against: <road>, or max: 2ms");
  }
  if (against === "baseline") {
    const of = compare ?? "toll";
    if (of === "toll" && scenarioByName(road).baseline === null) {
      return wrong("road", `${road} is the floor of all roads: it has no toll`, "compare: level, or another road");
    }
    return { kind: "regression", of };
  }
  const over = knownRoad(against, "against", wrong, ["baseline"]);
  return over === road ? wrong("against", `${road} is held against itself`) : { kind: "toll", over };
}

const QUANTILES = ["p50", "p90", "p99", "p99.9"];
const METRIC_WORDS = [
  ...QUANTILES,
  ...["service", "response", "call"].flatMap((quantity) => QUANTILES.map((q) => `${quantity}_${q}`)),
  ...["cpu_per_call", "envoy_cpu_per_call"],
].filter((word) => word !== "call_p99.9");

/** A bare percentile is of what the load's headline shows: response under open load, service in a closed loop. */
function figureOf(
  { metric: word, load }: WrittenRule,
  headline: PassName,
  wrong: Wrong,
): { metric: Metric; load: Load } {
  if (!METRIC_WORDS.includes(word)) wrong("metric", `there is no metric "${word}"`, adviceOf(word, METRIC_WORDS));
  if (word.endsWith("cpu_per_call") && load === "interleaved") {
    wrong("metric", "of a window that several roads share, nobody can say whose the CPU was", "load: closed");
  }
  if (word.endsWith("cpu_per_call")) return { metric: word as Metric, load: load ?? "closed" };
  const [quantile = "", quantity] = word.split("_").reverse();
  const chosen = load ?? loadFor(quantile, quantity, headline);
  const meant = quantity ?? QUANTITY_OF[chosen];
  if (meant === "response" && chosen !== "open") {
    wrong(
      "metric",
      "a closed loop has no intended time, hence no response",
      "load: open, or service instead of response",
    );
  }
  if ((meant === "call") !== (chosen === "reconnect")) {
    wrong("metric", `load: ${chosen} has no ${meant} time`, `${QUANTITY_OF[chosen]}_${quantile}`);
  }
  if (meant === "call" && quantile === "p99.9") wrong("metric", "there is no p99.9 of calls on new connections", "p99");
  return { metric: `${meant}_${quantile.replace(".", "")}` as Metric, load: chosen };
}

/** Where roads take turns is where tolls show best, but for tails: a road's share of such a window is short of calls. */
function loadFor(quantile: string, quantity: string | undefined, headline: PassName): Load {
  if (quantity === "response") return "open";
  if (quantity === "call") return "reconnect";
  return headline === "interleaved" && ["p50", "p90"].includes(quantile) ? "interleaved" : "closed";
}

const LIMIT_KEYS = { regression: "max_regression", toll: "max_toll", fence: "max" } as const;

function limitOf(written: WrittenRule, { kind }: HeldAgainst, wrong: Wrong): Limit {
  const fitting = LIMIT_KEYS[kind];
  const stray = Object.values(LIMIT_KEYS).find((key) => key !== fitting && written[key] !== undefined);
  if (stray !== undefined)
    return wrong(stray, `${stray} does not go with ${HELD_WORDS[kind]}`, `${fitting} in its place`);
  const text = written[fitting];
  if (text === undefined)
    return wrong(undefined, `${HELD_WORDS[kind]} needs ${fitting}`, `${fitting}: ${EXAMPLES[kind]}`);
  const limit = readLimit(text);
  if (limit === null)
    return wrong(fitting, `"${text}" is no limit`, `a percentage or a length of time: 10%, 300us, 2ms`);
  if (kind === "fence" && limit.unit === "share") return wrong("max", "max is a length of time", "max: 2ms");
  return limit;
}

const HELD_WORDS = {
  regression: "against: baseline",
  toll: "against: <road>",
  fence: "a rule without against",
} as const;
const EXAMPLES = { regression: "10%", toll: "300us", fence: "2ms" } as const;
const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

function readLimit(text: string): Limit | null {
  const match = /^(\d+(?:\.\d+)?)\s*(%|ns|us|µs|ms|s)$/.exec(text.trim());
  if (match === null) return null;
  const [, number, unit = ""] = match;
  if (unit === "%") return { unit: "share", value: Number(number) / 100 };
  return { unit: "ns", value: Number(number) * (UNITS[unit] ?? 1) };
}

function methodOf({ method }: WrittenRule, metric: Metric, wrong: Wrong): string {
  const isCpu = metric === "cpu_per_call" || metric === "envoy_cpu_per_call";
  if (method === undefined) return isCpu ? ALL_METHODS : HEADLINE_METHOD;
  if (isCpu) wrong("method", "CPU is of all methods together", "leave method out");
  if ((PAYMENTS_METHODS as readonly string[]).includes(method)) return method;
  return wrong("method", `there is no method "${method}"`, adviceOf(method, PAYMENTS_METHODS));
}

/** `10 %`, `300 µs` */
export function limitText({ unit, value }: Limit): string {
  return unit === "share" ? percentText(value) : durationText(value);
}

function nameOf({ road, method, metric, held, limit }: Omit<GateRule, "name">, load: Load): string {
  const figure = metric.replace("_p999", "_p99.9").replaceAll("_", " ").replace("cpu", "CPU");
  const of = method === HEADLINE_METHOD || method === ALL_METHODS ? "" : ` of ${method}`;
  const where = `${road}, ${figure}${of}, ${load} load`;
  switch (held.kind) {
    case "regression":
      return `${where}: ${held.of} at most ${limitText(limit)} above the baseline run`;
    case "toll":
      return `${where}: at most ${limitText(limit)} over ${held.over}`;
    case "fence":
      return `${where}: at most ${limitText(limit)}`;
  }
}

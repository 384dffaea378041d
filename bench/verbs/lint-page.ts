/**
 * What `tollgate scenarios lint` prints: each finding with a place that editors can follow, why, and the remedy; then the
 * corrected form of policies whose mistakes have one; last one line that sums up.
 */
import { wrapped, type Paint, type Style } from "../../reports/paint.js";
import { CILIUM_MINORS, releaseName, type CiliumRelease } from "../../scenarios/cilium-releases.js";
import { place } from "../../scenarios/yaml.js";
import type { Finding, Severity } from "../../scenarios/lint/finding.js";
import type { LintReport, LintedPolicy } from "../../scenarios/lint/lint-policy.js";

const WIDTH = 96;
const WORDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };
const STYLES: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", info: "dim" };

export function lintPage(report: LintReport, release: CiliumRelease | null, paint: Paint): string {
  const bad = report.policies.filter((policy) => isBad(policy, report));
  const blocks = [
    ...report.findings.map((finding) => findingBlock(finding, paint)),
    ...bad.map((policy) => correctedBlock(policy, paint)).filter((lines) => lines.length > 0),
    [summary(report, release, paint)],
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function findingBlock(finding: Finding, paint: Paint): string[] {
  const { file, severity, rule, message, because, remedy } = finding;
  const [first = "", ...rest] = wrapped(message, WIDTH - 2);
  return [
    `${file}:${place(finding)}  ${paint(STYLES[severity], WORDS[severity])}  ${paint("dim", rule)}`,
    ...[first, ...rest].map((line) => `  ${severity === "info" ? line : paint("bold", line)}`),
    ...because.flatMap((reason) => hanging("· ", reason)),
    ...hanging("→ ", remedy),
  ];
}

/** A paragraph behind a mark, its lines under each other. */
function hanging(mark: string, text: string): string[] {
  return wrapped(text, WIDTH - 4).map((line, index) => `  ${index === 0 ? mark : "  "}${line}`);
}

/** A policy's text can end up corrected without being wrong in anything that matters; only bad ones are shown. */
function isBad(policy: LintedPolicy, report: LintReport): boolean {
  const own = report.findings.filter(
    ({ file, line }) => file === policy.file && policy.line <= line && line <= policy.end,
  );
  return own.some(({ severity }) => severity !== "info");
}

function correctedBlock({ name, corrected }: LintedPolicy, paint: Paint): string[] {
  if (corrected === null) return [];
  return [paint("dim", `# ${name}, corrected:`), corrected.trimEnd()];
}

function summary({ findings, policies }: LintReport, release: CiliumRelease | null, paint: Paint): string {
  const of = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings, notes] = [of("error"), of("warning"), of("info")];
  const rules = policies.reduce((sum, policy) => sum + policy.httpRules, 0);
  const scope = `${count(policies.length, "policy", "policies")}, ${count(rules, "HTTP rule")}, Cilium ${range(release)}`;
  const found = [errors === 0 ? "" : count(errors, "error"), warnings === 0 ? "" : count(warnings, "warning")];
  const verdict = found.filter((text) => text !== "").join(", ") || "no findings";
  const style = errors > 0 ? "red" : warnings > 0 ? "yellow" : "green";
  return `${paint(style, verdict)}: ${scope}${notes === 0 ? "" : ` (${count(notes, "note")})`}`;
}

function range(release: CiliumRelease | null): string {
  return release === null
    ? `${CILIUM_MINORS[0]} to ${CILIUM_MINORS[CILIUM_MINORS.length - 1] ?? ""}`
    : releaseName(release);
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * Gates as JUnit XML: one testcase per gate; broken is a failure, invalid an error, inconclusive skipped (a failure where
 * a conclusion is required, so that the report and the exit code say the same). The format has no official schema; this
 * is the common part that testmoapp/junitxml describes.
 */
import type { GateReport, RuleVerdict } from "../../results/gate/gate-report.js";
import { figuresOf, headline, nextSteps, stepText } from "./gate-words.js";

export function renderGateJunit(report: GateReport, requireConclusive: boolean): string {
  const cases = report.rules.map((verdict) => testcase(report, verdict, requireConclusive));
  const elements = report.rules.map(({ outcome }) => elementOf(outcome, requireConclusive));
  const count = (element: string): number => elements.filter((one) => one === element).length;
  const counts = attributes({
    tests: String(cases.length),
    failures: String(count("failure")),
    errors: String(count("error")),
    skipped: String(count("skipped")),
  });
  const properties = property("run", report.run.id) + baselineProperty(report);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes({ name: "tollgate gate" })}${counts}>\n` +
    `  <testsuite${attributes({ name: report.file })}${counts}>\n    <properties>${properties}</properties>\n` +
    `${cases.join("")}    <system-out>${xmlText([headline(report), ...report.warnings].join("\n"))}</system-out>\n  </testsuite>\n</testsuites>\n`
  );
}

function testcase(report: GateReport, verdict: RuleVerdict, requireConclusive: boolean): string {
  const { rule, reason, outcome } = verdict;
  const element = elementOf(outcome, requireConclusive);
  const figures = figuresOf(verdict).map(([name, value]) => property(name, String(value)));
  const end =
    element === null ? "" : `      ${sentences(element, reason, outcome, nextSteps(report, verdict).map(stepText))}\n`;
  const head = attributes({
    name: rule.name,
    classname: `tollgate.${rule.road}`,
    file: report.file,
    line: String(rule.at.line),
  });
  return `    <testcase${head}>\n      <properties>${property("outcome", outcome)}${property("unit", rule.limit.unit)}${figures.join("")}</properties>\n${end}    </testcase>\n`;
}

/** The message is what a list of failures shows; the text is what somebody reads who has opened one. */
function sentences(element: string, message: string, type: string, next: readonly string[]): string {
  const begin = `<${element}${attributes({ message, type })}`;
  return next.length === 0 ? `${begin}/>` : `${begin}>${xmlText([message, ...next].join("\n"))}</${element}>`;
}

function elementOf(outcome: RuleVerdict["outcome"], requireConclusive: boolean): string | null {
  if (outcome === "inconclusive") return requireConclusive ? "failure" : "skipped";
  return outcome === "passed" ? null : outcome === "broken" ? "failure" : "error";
}

function baselineProperty({ baseline }: GateReport): string {
  return baseline !== null && "id" in baseline ? property("baseline", baseline.id) : "";
}

const property = (name: string, value: string): string => `<property${attributes({ name, value })}/>`;

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
  "\t": "&#9;",
  "\r": "&#13;",
};

/** XML 1.0 has no place at all for other control characters, nor for half a surrogate pair (§2.2). */
function xmlText(text: string): string {
  return text
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"'\n\t\r]/g, (character) => ENTITIES[character] ?? character);
}

/**
 * JUnit's XML, as CI servers read it. There is no official specification; the shape is the one that Jenkins, GitLab and
 * GitHub's reporters have in common: testsuites / testsuite / testcase with failure, error or skipped inside.
 *
 * Easy to get wrong: XML 1.0 has no way at all to write most control characters, not even escaped; a colour code in a
 * message would make the whole file unreadable. And a line break in an attribute reads back as a space unless escaped.
 */

export interface JunitSuite {
  readonly name: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly properties: readonly JunitProperty[];
  readonly cases: readonly JunitCase[];
}

export type JunitProperty = readonly [name: string, value: string];

export interface JunitCase {
  /** Dots make folders in most viewers. */
  readonly classname: string;
  readonly name: string;
  readonly properties: readonly JunitProperty[];
  readonly outcome: JunitOutcome;
  /** What a person reads beside it. */
  readonly text: string;
}

export type JunitOutcome =
  { readonly state: "passed" } | { readonly state: "failure" | "error" | "skipped"; readonly message: string };

export function junitXml(name: string, suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...tally(cases) })}>`,
    ...suites.map(suiteXml),
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteXml({ name, timestamp, properties, cases }: JunitSuite): string {
  return [
    `  <testsuite ${attributes({ name, timestamp, ...tally(cases) })}>`,
    ...propertiesXml(properties, "    "),
    ...cases.map(caseXml),
    "  </testsuite>",
  ].join("\n");
}

function caseXml({ classname, name, properties, outcome, text }: JunitCase): string {
  const ending =
    outcome.state === "passed"
      ? []
      : [
          `      <${outcome.state} ${attributes({
            message: outcome.message,
            ...(outcome.state === "skipped" ? {} : { type: outcome.state }),
          })}/>`,
        ];
  return [
    `    <testcase ${attributes({ classname, name, time: "0" })}>`,
    ...propertiesXml(properties, "      "),
    ...ending,
    ...(text === "" ? [] : [`      <system-out>${escapeXml(text)}</system-out>`]),
    "    </testcase>",
  ].join("\n");
}

function propertiesXml(properties: readonly JunitProperty[], indent: string): string[] {
  if (properties.length === 0) return [];
  return [
    `${indent}<properties>`,
    ...properties.map(([name, value]) => `${indent}  <property ${attributes({ name, value })}/>`),
    `${indent}</properties>`,
  ];
}

function tally(cases: readonly JunitCase[]): Readonly<Record<string, string>> {
  const count = (state: JunitOutcome["state"]): string =>
    String(cases.filter(({ outcome }) => outcome.state === state).length);
  return {
    tests: String(cases.length),
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: "0",
  };
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(value).replace(/[\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`)}"`)
    .join(" ");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 §2.2: what is no character of XML becomes the replacement character. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

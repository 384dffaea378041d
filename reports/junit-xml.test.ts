import { expect, test } from "vitest";
import { junitXml, type JunitCase } from "./junit-xml.js";

const CASE: JunitCase = { classname: "a.b", name: "one", properties: [], outcome: { state: "passed" }, text: "" };

function written(...cases: readonly Partial<JunitCase>[]): string {
  const suite = { name: "suite", timestamp: "2026-11-28T09:00:00.000Z", properties: [], cases: [] };
  return junitXml("all", [{ ...suite, cases: cases.map((one) => ({ ...CASE, ...one })) }]);
}

test("counts what failed, was broken and was left out, on each level", () => {
  const text = written(
    {},
    { outcome: { state: "failure", message: "m" } },
    { outcome: { state: "error", message: "m" } },
    { outcome: { state: "skipped", message: "m" } },
  );
  expect(text.match(/tests="4" failures="1" errors="1" skipped="1"/g)).toHaveLength(2);
});

test("text that is markup, a line break or no character of XML cannot break the file", () => {
  const text = written({ name: `a<b>&"c"\nd`, text: `\u001b[31mred\u001b[0m <&> \ud800 end\u0000` });
  expect(text).toContain('name="a&lt;b&gt;&amp;&quot;c&quot;&#10;d"');
  expect(text).toContain("<system-out>\ufffd[31mred\ufffd[0m &lt;&amp;&gt; \ufffd end\ufffd</system-out>");
});

test("a skipped case has a message and no type, a failed one both", () => {
  expect(written({ outcome: { state: "skipped", message: "why" } })).toContain('<skipped message="why"/>');
  expect(written({ outcome: { state: "failure", message: "why" } })).toContain(
    '<failure message="why" type="failure"/>',
  );
});

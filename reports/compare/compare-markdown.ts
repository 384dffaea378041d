/** The report on two runs as Markdown, for a pull request or a CI summary. */
import { bullets, markdownTable, plainMarkdown as plain } from "../markdown-text.js";
import { durationInterval, ratioInterval } from "../quantities.js";
import { ACROSS_MARKS } from "./across-marks.js";
import { chainOf, type CompareModel, type RunLine, type ShiftTable } from "./compare-model.js";
import { tollText } from "./shift-sentences.js";

export function renderCompareMarkdown(model: CompareModel): string {
  const { setUp } = model;
  const changes = setUp.groups.flatMap(({ group, changes }) =>
    changes.map(({ key, before, after }) => [
      group,
      plain(key),
      plain(before ?? "not there"),
      plain(after ?? "not there"),
    ]),
  );
  return [
    `# tollgate · ${plain(model.before.id)} against ${plain(model.after.id)}`,
    bullets([runItem("before", model.before), runItem("after", model.after)]),
    verdict(model),
    bullets(model.warnings.map((text) => `⚠ ${plain(text)}`)),
    ...model.tables.map(shiftTable),
    uncompared(model),
    `## What else differs\n\n${plain(setUp.cause)}`,
    changes.length === 0 ? "" : markdownTable(["group", "fact", "before", "after"], changes, "llll"),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function runItem(word: string, { id, tags, machine, state }: RunLine): string {
  const named = tags.length === 0 ? "" : ` (${[...new Set(tags)].map(plain).join(", ")})`;
  return `${word}: **${plain(id)}**${named}, ${plain(state)}; ${plain(machine)}`;
}

function verdict({ verdict: sentences, footing }: CompareModel): string {
  if (sentences.length === 0) return "**No toll of a declared chain stands in either run.**";
  const text = sentences
    .map((sentence) =>
      sentence.text.map((part) => (part.emphasis === "strong" ? `**${plain(part.text)}**` : plain(part.text))).join(""),
    )
    .join("  \n");
  return `${text}\n\n${plain(footing)}`;
}

function shiftTable({ title, subject, rows }: ShiftTable): string {
  const body = rows
    .filter(({ cell }) => cell.shift !== null)
    .map(({ figure, cell: { shift, ...cell } }) => [
      plain(chainOf(cell)),
      figure,
      tollText(cell.before),
      tollText(cell.after),
      shift === null ? "" : durationInterval(shift.changeNs),
      shift === null ? "" : ratioInterval(shift.ratio),
      `${ACROSS_MARKS[cell.verdict]} ${cell.verdict}, n ${cell.before?.blocks ?? 0} and ${cell.after?.blocks ?? 0}`,
    ]);
  const head = ["toll of", "figure", "then", "now", "change", "ratio", "verdict"];
  if (body.length === 0) return "";
  return `## ${plain(title)}\n\n${plain(subject)}; not interleaved.\n\n${markdownTable(head, body, "llrrrrl")}`;
}

function uncompared({ uncompared: all }: CompareModel): string {
  if (all.length === 0) return "";
  const items = all.map(
    ({ chain, verdict: word, passes, reason }) => `${word}: ${plain(chain)} (${passes.join(", ")}): ${plain(reason)}`,
  );
  return `## Not compared\n\n${bullets(items)}`;
}

/** The report on two runs as text for a terminal: 110 columns; colour only where it is asked for, and never alone. */
import { percentText } from "../../results/verdict-words.js";
import { painter, wrapped, type Paint } from "../paint.js";
import { durationInterval, ratioInterval } from "../quantities.js";
import { textTable, type TextColumn } from "../text-table.js";
import { sentenceText } from "../run/verdict-sentences.js";
import { ACROSS_MARKS } from "./across-marks.js";
import { chainOf, type CompareModel, type RunLine, type ShiftRow, type ShiftTable } from "./compare-model.js";
import { tollText } from "./shift-sentences.js";

const WIDTH = 110;

export function renderCompareTerminal(model: CompareModel, { colour }: { readonly colour: boolean }): string {
  const paint = painter(colour);
  return [
    [...runLines("before", model.before, paint), ...runLines("after", model.after, paint)],
    verdictLines(model, paint),
    model.warnings.flatMap((text) => marked(text, paint)),
    ...model.tables.filter(({ isHeadline }) => isHeadline).map((table) => tableLines(table, paint)),
    uncomparedLines(model, paint),
    setUpLines(model, paint),
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

function runLines(word: string, { id, tags, machine, state }: RunLine, paint: Paint): string[] {
  const named = tags.length === 0 ? "" : ` (${[...new Set(tags)].join(", ")})`;
  return [
    `${paint("dim", word.padEnd(6))} ${paint("bold", id)}${named}: ${state}`,
    ...wrapped(machine, WIDTH - 7).map((line) => paint("dim", `       ${line}`)),
  ];
}

function verdictLines({ verdict, footing }: CompareModel, paint: Paint): string[] {
  if (verdict.length === 0) return [paint("bold", "No toll of a declared chain stands in either run.")];
  return [
    ...verdict.flatMap(({ text }) => wrapped(sentenceText(text), WIDTH).map((line) => paint("bold", line))),
    ...wrapped(footing, WIDTH).map((line) => paint("dim", line)),
  ];
}

const COLUMNS: readonly TextColumn<ShiftRow>[] = [
  { head: "toll of", align: "left", cell: ({ cell }) => chainOf(cell) },
  { head: "figure", align: "left", cell: ({ figure }) => figure.replace(" CPU", "") },
  { head: "then", align: "right", cell: ({ cell }) => tollText(cell.before) },
  { head: "now", align: "right", cell: ({ cell }) => tollText(cell.after) },
  {
    head: "change",
    align: "right",
    cell: ({ cell: { shift } }) => (shift === null ? "" : durationInterval(shift.changeNs)),
  },
  {
    head: "ratio",
    align: "right",
    cell: ({ cell: { shift } }) => (shift === null ? "" : ratioInterval(shift.ratio)),
  },
  { head: "verdict", align: "left", cell: ({ cell: { verdict } }) => `${ACROSS_MARKS[verdict]} ${verdict}` },
];

/** Every median; of the rest only what moved, since the page has all of it. */
function tableLines({ title, subject, rows }: ShiftTable, paint: Paint): string[] {
  const compared = rows.filter(({ isShort, cell }) => isShort && cell.shift !== null);
  const shown = compared.filter(
    ({ figure, cell: { verdict } }) => figure === "p50" || verdict === "slower" || verdict === "faster",
  );
  if (shown.length === 0) return [];
  const [head = "", ...lines] = textTable(COLUMNS, shown);
  const left = compared.length - shown.length;
  return [
    paint("bold", title),
    ...wrapped(`${subject}; ${blocksText(shown)}; not interleaved; ${marginsText(shown)}`, WIDTH).map((line) =>
      paint("dim", line),
    ),
    paint("dim", head),
    ...lines,
    ...(left === 0
      ? []
      : [paint("dim", `${left} more figures (p99, Envoy's and the node's CPU) did not move that one could tell`)]),
  ];
}

function blocksText(rows: readonly ShiftRow[]): string {
  const span = (of: "before" | "after"): string => {
    const blocks = rows.map(({ cell }) => cell[of]?.blocks ?? 0);
    const [least, most] = [Math.min(...blocks), Math.max(...blocks)];
    return least === most ? String(least) : `${least}-${most}`;
  };
  return `${span("before")} blocks against ${span("after")}`;
}

/** What counts as no change: "indistinguishable" says no more than that. */
function marginsText(rows: readonly ShiftRow[]): string {
  const texts = rows.map(
    ({ cell: { margin } }) => `${percentText(margin.fraction)}${margin.source === "floor" ? " (A/A floor)" : ""}`,
  );
  return `a change below ${[...new Set(texts)].join(" or ")} counts as none`;
}

function uncomparedLines({ uncompared }: CompareModel, paint: Paint): string[] {
  if (uncompared.length === 0) return [];
  return [
    paint("bold", "Not compared"),
    ...uncompared.flatMap(({ chain, verdict, passes, reason }) =>
      wrapped(`${verdict}: ${chain} (${passes.join(", ")}): ${reason}`, WIDTH - 4).map((line, i) =>
        i === 0 ? `  ${line}` : `    ${line}`,
      ),
    ),
  ];
}

function setUpLines({ setUp }: CompareModel, paint: Paint): string[] {
  const lines = setUp.groups
    .flatMap(({ changes }) => changes)
    .flatMap(({ group, key, before, after }) =>
      wrapped(`${group}: ${key} ${before ?? "not there"} → ${after ?? "not there"}`, WIDTH - 4).map((line, i) =>
        i === 0 ? `  ${line}` : `    ${line}`,
      ),
    );
  return [paint("bold", "What else differs"), ...wrapped(setUp.cause, WIDTH), ...lines];
}

function marked(text: string, paint: Paint): string[] {
  return wrapped(text, WIDTH - 2).map((line, i) => paint("yellow", `${i === 0 ? "!" : " "} ${line}`));
}

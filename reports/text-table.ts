/** Columns of plain text, aligned. Widths are counted in characters, so colour comes afterwards, to whole lines. */
export interface TextColumn<Row> {
  readonly head: string;
  readonly align: "left" | "right";
  readonly cell: (row: Row) => string;
}

/** The head, then one line per row; columns without any text are left out. */
export function textTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): string[] {
  const filled = columns
    .map(({ head, align, cell }) => ({ align, texts: [head, ...rows.map(cell)] }))
    .filter(({ texts }) => texts.slice(1).some((text) => text !== ""));
  const padded = filled.map(({ align, texts }) => {
    const width = Math.max(...texts.map((text) => text.length));
    return texts.map((text) => (align === "right" ? text.padStart(width) : text.padEnd(width)));
  });
  return [null, ...rows].map((_, line) =>
    padded
      .map((texts) => texts[line] ?? "")
      .join("  ")
      .trimEnd(),
  );
}

/** Tables, lists and safe text in Markdown, as GitHub reads it. */

/** @param align one letter per column: l or r. Cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[], align: string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line([...align].map((side) => (side === "r" ? "--:" : "---"))), ...rows.map(line)].join("\n");
}

export const bullets = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

/** Text that came from a run must not become markup, nor end a table cell. */
export function plainMarkdown(text: string): string {
  return text.replace(/[\\`*|<>]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}

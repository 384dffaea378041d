/** Text made safe for HTML and SVG, and the few shapes that every page is made of. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Everything that comes from a run, a policy or a machine goes through here. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A section of the page; the title and its lead are text, the content is HTML. */
export function htmlSection(title: string, lead: string, content: string): string {
  return `<section><h2>${escapeHtml(title)}</h2><p class="lead">${escapeHtml(lead)}</p>${content}</section>`;
}

/** A table head cell per text. */
export function headRow(texts: readonly string[]): string {
  return `<thead><tr>${texts.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join("")}</tr></thead>`;
}

/** A figure: its caption is text, the chart and the numbers under it are HTML. `attributes` begins with a space. */
export function htmlFigure(caption: string, chart: string, numbers: string, attributes = ""): string {
  return (
    `<figure${attributes}><figcaption>${escapeHtml(caption)}</figcaption>` +
    `<div class="card pad scroll">${chart}</div><div class="beneath">${numbers}</div></figure>`
  );
}

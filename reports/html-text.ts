/** Text made safe for HTML and SVG: everything that comes from a run, a policy or a machine goes through here. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

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

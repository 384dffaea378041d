/**
 * The shell of every page: one HTML file that works from disk, offline, with style and script inline and nothing
 * fetched.
 */
import { SCRIPT } from "./html-script.js";
import { STYLE } from "./html-style.js";
import { escapeHtml } from "./html-text.js";

/**
 * @param title text of the browser's tab
 * @param body HTML, one string a part of the page, in the order in which a reader meets them
 */
export function htmlPage(title: string, body: readonly string[]): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>${body.join("\n")}</main><script>${SCRIPT}</script></body></html>\n`
  );
}

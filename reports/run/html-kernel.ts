/** The experimental road l7-kernel on the page: cost, refusals and attacks in one section, or not at all. */
import { escapeHtml, headRow, htmlSection } from "../html-text.js";
import { CANNOT_JUDGE, KERNEL_LEAD, type KernelPart } from "./kernel-part.js";

const COLUMNS = ["the refused call", "two allowed calls sent with it", "an allowed call later"];

export function kernelSections(parts: readonly KernelPart[]): string {
  return parts.map(section).join("");
}

function section({ road, costs, refusals, attacks }: KernelPart): string {
  if (refusals.length === 0) {
    const text = "What it does to refused calls was not shown in this run; without that, its cost is not told.";
    return htmlSection(`Experimental: ${road}`, KERNEL_LEAD, `<p class="card alert" role="note">${text}</p>`);
  }
  const rows = refusals.map(
    ({ action, refused, beside, later }) =>
      `<tr><th scope="row">${action}</th>${[refused, beside, later].map((text, i) => `<td data-label="${COLUMNS[i]}">${escapeHtml(text)}</td>`).join("")}</tr>`,
  );
  const head = headRow(["action", ...COLUMNS]);
  return htmlSection(
    `Experimental: ${road}`,
    KERNEL_LEAD,
    `<div class="card pad">${costs.map((text) => `<p>${escapeHtml(text)}</p>`).join("")}</div>` +
      `<h3>What a refusal does to its connection</h3>` +
      `<div class="card pad scroll"><table class="stack">${head}<tbody>${rows.join("")}</tbody></table></div>` +
      `<h3>How it was fooled</h3><div class="card pad"><ul class="plain">${attacks.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>` +
      `<p>${escapeHtml(CANNOT_JUDGE)}</p></div>`,
  );
}

/** What became of refused calls, and of the article's claims. */
import type { Refusal } from "../../results/comparison-shape.js";
import { csvLink } from "../html-numbers.js";
import { csvText } from "../csv-text.js";
import { escapeHtml, headRow, htmlSection } from "../html-text.js";
import { count, duration } from "../quantities.js";
import type { Claim } from "./claims.js";
import type { ReportModel } from "./report-model.js";

export function refusalsSection({ refusals }: ReportModel): string {
  if (refusals.length === 0) return "";
  const rows = refusals.map(
    ({ road, method, status, p50Ns, p99Ns, count: calls }) =>
      `<tr><th scope="row">${escapeHtml(road)}</th><td>${escapeHtml(method)}</td><td>${status === "silence" ? "silence: no answer" : escapeHtml(status)}</td><td class="number">${quantile(p50Ns)}</td><td class="number">${quantile(p99Ns)}</td><td class="number">${count(calls)}</td></tr>`,
  );
  const head = headRow(["road", "method", "ends with", "service p50", "service p99", "calls"]);
  return htmlSection(
    "Refused calls",
    "How long until a call that no rule allows is refused, and how. They are a series of their own, never mixed with calls that were allowed.",
    `<div class="card scroll"><table class="plain">${head}<tbody>${rows.join("")}</tbody></table></div><p class="beneath">${csvLink("refusals.csv", refusalsCsv(refusals))}</p>`,
  );
}

const quantile = (valueNs: number | null): string => (valueNs === null ? "n/a" : duration(valueNs));

function refusalsCsv(refusals: readonly Refusal[]): string {
  return csvText(
    ["road", "method", "status", "service_p50_ns", "service_p99_ns", "calls"],
    refusals.map(({ road, method, status, p50Ns, p99Ns, count: calls }) => [road, method, status, p50Ns, p99Ns, calls]),
  );
}

const MARKS: Readonly<Record<Claim["verdict"], readonly [style: string, mark: string]>> = {
  refuted: ["refuted", "✗"],
  confirmed: ["confirmed", "✓"],
  "not settled": ["unsettled", "?"],
  "not measured here": ["unmeasured", "–"],
};

export function claimsSection({ claims }: ReportModel): string {
  const cards = claims.map(({ claim, verdict, because }) => {
    const [style, mark] = MARKS[verdict];
    return `<div class="card pad ${style}"><p class="verdict ${style}">${mark} ${verdict}</p><blockquote>“${escapeHtml(claim)}”</blockquote>${because.map((reason) => `<p>${escapeHtml(reason)}</p>`).join("")}</div>`;
  });
  return htmlSection(
    "The claims, on trial",
    "Statements of a much-read article about these roads, against what was measured.",
    `<div class="claims">${cards.join("")}</div>`,
  );
}

/** Everything needed to run it again, and to check it: environment, method, limits, command, raw files. */
import type { PassDesign } from "../../results/run-shape.js";
import { escapeHtml, headRow, htmlSection } from "../html-text.js";
import { count, duration } from "../quantities.js";
import type { ReportModel } from "./report-model.js";
import { counted } from "../../results/verdict-words.js";

export function methodSection(model: ReportModel): string {
  const { header, limits } = model;
  const { placement, design } = header;
  const facts = Object.entries(header.fingerprint);
  const method: [string, string][] = [
    ...design.passes.map((pass): [string, string] => [pass.name, passText(pass)]),
    ["order", `randomised complete blocks, seed ${design.seed}`],
    ["unit", "the trial, never the call; differences are taken within blocks"],
    ["estimate", "Hodges-Lehmann over blocks with the exact signed-rank interval; nothing removed, nothing subtracted"],
    [
      "families",
      "the chains on service p50 of ProcessPayment at one call in flight: Holm; all else exploratory: Benjamini-Hochberg",
    ],
    [
      "placement",
      `${placement.cpus} CPUs: generator ${placement.generator}, server ${placement.server}, proxy ${placement.proxy}`,
    ],
    ["calibration", header.calibration ?? "none"],
    ["tollgate", header.tollgate],
  ];
  return htmlSection(
    "Environment, method, limits",
    "Everything needed to run it again, and what it does not say.",
    `<div class="card pad">${definitions(method)}<details><summary>Fingerprint of the environment: ${facts.length} facts</summary>${definitions(facts)}</details></div>` +
      (limits.length === 0
        ? ""
        : `<h3>Limits</h3><ul class="plain">${limits.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>`) +
      `<h3>Again</h3><pre tabindex="0">${escapeHtml(header.command.map(shellWord).join(" "))}\n<span class="comment"># or, with the same design and seed:</span>\ntollgate run --like ${escapeHtml(header.id)}</pre>`,
  );
}

function passText({ blocks, scenarios, plan }: PassDesign): string {
  const methods = [...new Set(plan.mix.map(({ method }) => method))].join(", ");
  const load =
    plan.loop.kind === "open"
      ? `open loop, ${plan.loop.arrivals.kind} arrivals`
      : `closed loop, ${plan.loop.inFlight} in flight${plan.loop.connectionPerCall ? ", a new connection for each call" : ""}`;
  return `${counted(blocks, "block")} × ${counted(scenarios.length, "road")}, ${load}, ${methods}; warm-up ${duration(plan.warmupNs)}, window ${duration(plan.windowNs)}`;
}

function definitions(pairs: readonly (readonly [string, string])[]): string {
  return `<dl>${pairs.map(([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(value)}</dd>`).join("")}</dl>`;
}

/** As a shell takes it again. */
function shellWord(word: string): string {
  return /^[\w./:=@,%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** @param folder from the page to the run's folder; null: no links */
export function rawFilesSection({ files }: ReportModel, folder: string | null): string {
  if (files.length === 0) return "";
  const rows = files.map(({ file, bytes, sha256 }) => {
    const name =
      folder === null ? escapeHtml(file) : `<a href="${escapeHtml(linkTo(folder, file))}">${escapeHtml(file)}</a>`;
    return `<tr><td>${name}</td><td class="number">${count(bytes)}</td><td><code>${escapeHtml(sha256)}</code></td></tr>`;
  });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return htmlSection(
    "Raw files",
    "What this page was made from, as it lay on the disk when the page was made. Histograms are interval logs that any HdrHistogram tool reads.",
    `<details class="numbers"><summary>${files.length} files, ${count(total)} bytes, with SHA-256</summary><div class="scroll" tabindex="0" role="region" aria-label="Raw files"><table>${headRow(["file", "bytes", "SHA-256"])}<tbody>${rows.join("")}</tbody></table></div></details>`,
  );
}

function linkTo(folder: string, file: string): string {
  return [...folder.split("/"), ...file.split("/")].map(encodeURIComponent).join("/");
}

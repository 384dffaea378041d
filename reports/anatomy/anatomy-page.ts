/** An anatomy as one page: the time lines, and beneath them every segment with its median and mean. */
import { anatomyOf, type RoadAnatomy } from "../../results/anatomy.js";
import type { Owner } from "../../results/anatomy-segments.js";
import type { AnatomyRecord } from "../../results/anatomy-record.js";
import { shownName } from "../../scenarios/l7-kernel.js";
import { htmlPage } from "../html-page.js";
import { escapeHtml, htmlSection } from "../html-text.js";
import { duration } from "../quantities.js";
import {
  ANATOMY_FOOTING,
  boundedText,
  levelText,
  lookingText,
  noticesOf,
  OWNER_WORDS,
  wholeText,
} from "./anatomy-text.js";
import { OWNER_PAINT, timeLines } from "./time-lines.js";

export function renderAnatomyPage(record: AnatomyRecord): string {
  const { roads, untold } = anatomyOf(record);
  return htmlPage(`tollgate anatomy · ${record.id}`, [
    `<header><b>tollgate anatomy</b><span>${escapeHtml(record.fingerprint.cpu ?? "")}</span>${[record.id, ...levelText(record)].map((text) => `<span>${escapeHtml(text)}</span>`).join("")}</header>`,
    `<h1>Where the time of one call goes</h1><p class="footing">${escapeHtml(ANATOMY_FOOTING)}</p>`,
    ...notices(record, untold),
    roads.length === 0 ? "" : figure(roads, record),
    ...roads.map(roadSection),
    `<pre style="margin-top:28px">${escapeHtml(record.command.join(" "))} --seed ${record.seed}</pre>`,
  ]);
}

function notices(record: AnatomyRecord, untold: readonly (readonly [string, string])[]): string[] {
  const { serverDelayNs } = record;
  const delay =
    serverDelayNs === 0 ? [] : [`A delay of ${duration(serverDelayNs)} was put into the server on purpose.`];
  const texts = [...delay, ...untold.map(([name, reason]) => `${name} is not told: ${reason}`), ...noticesOf(record)];
  return texts.map((text) => `<p class="card alert" role="note">${escapeHtml(text)}</p>`);
}

function figure(roads: readonly RoadAnatomy[], record: AnatomyRecord): string {
  const owners: readonly Owner[] = ["kernel", "scheduler", "envoy", "server", "caller"];
  const legend = owners
    .filter((owner) => roads.some(({ segments }) => segments.some((one) => one.owner === owner)))
    .map(
      (owner) =>
        `<span><span class="swatch" style="background:${OWNER_PAINT[owner]}"></span>${legendOf(owner, record)}</span>`,
    )
    .join(" ");
  return htmlSection(
    "Time lines",
    "The median of every segment, one line a road, on one axis, up to the caller's own median. Medians do not add up: the last part is the caller's own time and what they leave out.",
    `<p class="beneath" style="margin:0 0 12px">${legend}</p><div class="card pad scroll">${timeLines(roads)}</div>`,
  );
}

/** Who has the call: what a level does not tell apart goes with the process. */
function legendOf(owner: Owner, { level, wakeUps }: AnatomyRecord): string {
  const woken = wakeUps === true ? "" : ", with its wake-up";
  const sockets = level === "tc" ? " and its sockets" : "";
  switch (owner) {
    case "kernel":
      return level === "tc" ? "kernel: links, policy, forwarding" : "kernel: links, TCP, policy, forwarding";
    case "scheduler":
      return "scheduler: woken, not yet running";
    case "envoy":
      return `Envoy${woken}${sockets}`;
    case "server":
      return `server${woken}${sockets}`;
    case "caller":
      return "caller, and what medians leave out";
  }
}

const HEAD =
  `<thead><tr><th scope="col">segment</th><th scope="col">who has the call</th>` +
  `<th scope="col" class="number">median</th><th scope="col" class="number">mean</th></tr></thead>`;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function roadSection(road: RoadAnatomy): string {
  const rows = road.segments.map(
    ({ name, owner, median, mean }) =>
      `<tr><th scope="row"><span class="swatch" style="background:${OWNER_PAINT[owner]}"></span>${escapeHtml(name)}</th><td data-label="who has the call">${OWNER_WORDS[owner]}</td>` +
      `<td class="number" data-label="median">${median === null ? "by difference" : boundedText(median)}</td><td class="number" data-label="mean">${boundedText(mean)}</td></tr>`,
  );
  return htmlSection(
    shownName(road.scenario),
    `${sentence(wholeText(road))} ${sentence(lookingText(road))}`,
    `<div class="card pad scroll"><table class="stack">${HEAD}<tbody>${rows.join("")}</tbody></table></div>`,
  );
}

/**
 * What a capacity search tells while it goes, on stderr: one line a point; on a terminal also what is being measured.
 */
import type { Design } from "../../results/run-shape.js";
import { judgePoint, rateOf, type CapacityPoint } from "../../results/capacity/point.js";
import { quantileName } from "../../results/capacity/slo.js";
import type { Trial } from "../../results/trial.js";
import { countText, durationText } from "../../results/verdict-words.js";
import type { Io } from "../io.js";
import type { Arm } from "../run/design.js";
import type { RunProgress } from "../run/run-progress.js";
import { capacityPassOf, usualNs } from "./search-design.js";

export function searchProgress(io: Io): RunProgress & { design(design: Design): void } {
  const say = (text: string): void => void io.stderr.write(io.live ? `\r\x1b[K${text}\n` : `${text}\n`);
  const draw = (text: string): void => {
    if (io.live) io.stderr.write(`\r\x1b[K  ${text}`);
  };
  return {
    stage: (text) => {
      if (io.live) draw(`${text} …`);
      else say(text);
    },
    design: (design) => {
      const pass = capacityPassOf(design);
      if (pass === null) return;
      const roads = pass.scenarios.length;
      const each = durationText(usualNs(pass) / roads);
      const all = Math.ceil(usualNs(pass) / 60e9);
      say(
        `searching ${roads === 1 ? "one road" : `${roads} roads, point by point in turn`}: about ${each} a road, ${all} min in all`,
      );
    },
    trialStarts: (arm) => {
      draw(`${arm.scenario}  ${countText(rateOfArm(arm))}/s …`);
    },
    interval: () => undefined,
    trialEnds: (arm, trial) => {
      say(pointLine(arm, trial));
    },
    end: () => {
      draw("");
    },
  };
}

function pointLine({ pass, block, scenario }: Arm, trial: Trial): string {
  const rate = `${countText(Math.round(rateOf(trial)))}/s`.padStart(10);
  const start = `round ${String(block + 1).padStart(2)}  ${scenario.padEnd(15)} ${rate}`;
  if (pass.search === undefined) return start;
  const point = judgePoint(trial, pass.search);
  const quantileNs = point.measured?.response.sloNs ?? null;
  const name = quantileName(pass.search.slo.quantile);
  const latency = quantileNs === null ? "" : `  ${name} ${durationText(quantileNs).padEnd(8)}`;
  return `${start}${latency}  ${outcomeText(point)}`;
}

function outcomeText({ outcome, limit, because }: CapacityPoint): string {
  if (outcome === "missed") return `missed, ${limit ?? ""}: ${because.at(-1) ?? ""}`;
  return outcome === "void" ? `void: ${because[0] ?? ""}` : outcome;
}

function rateOfArm({ pass }: Arm): number {
  return Math.round(rateOf({ plan: pass.plan }));
}

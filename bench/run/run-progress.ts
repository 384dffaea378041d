/**
 * What a run tells while it goes: one live line on a terminal, one plain line per trial elsewhere (a log must not hold
 * half-drawn lines). Everything goes to stderr.
 */
import type { IntervalLine } from "../../loadgen/measurement.js";
import type { Design } from "../../results/run-shape.js";
import type { Trial } from "../../results/trial.js";
import { quantileNs } from "../../results/trial-metrics.js";
import type { Io } from "../io.js";
import { windowsPerBlock, type Arm } from "./design.js";

export interface RunProgress {
  /** A step that is no trial: standing up, probing, the pilot. */
  stage(text: string): void;
  trialStarts(arm: Arm, attempt: number): void;
  interval(line: IntervalLine): void;
  trialEnds(arm: Arm, trial: Trial): void;
  end(): void;
}

export function runProgress(io: Io, nowMs: () => number): RunProgress & { design(design: Design): void } {
  return new StderrProgress(io, nowMs);
}

class StderrProgress implements RunProgress {
  private plannedTrials = 0;
  private plannedMs = 0;
  private doneMs = 0;
  private startedAtMs = 0;
  private line = "";
  private readonly doneArms = new Set<string>();

  constructor(
    private readonly io: Io,
    private readonly nowMs: () => number,
  ) {}

  /** Known only after the pilot: from here on the line shows how far the run is. */
  design(design: Design): void {
    this.plannedTrials = design.passes.reduce((sum, pass) => sum + pass.blocks * pass.scenarios.length, 0);
    this.plannedMs = design.passes.reduce((sum, pass) => sum + pass.blocks * pass.scenarios.length * trialMs(pass), 0);
    this.startedAtMs = this.nowMs();
  }

  stage(text: string): void {
    if (this.io.live) this.draw(`  ${text} …`);
    else this.io.stderr.write(`${text}\n`);
  }

  trialStarts(arm: Arm, attempt: number): void {
    const again = attempt > 0 ? ` (attempt ${attempt + 1})` : "";
    this.line = `${place(arm)}${again}`;
    if (this.io.live) this.draw(`  ${this.line}  ${this.timeLeft()}`);
  }

  interval(line: IntervalLine): void {
    if (!this.io.live || line.p50Ns === null || line.p99Ns === null) return;
    this.draw(`  ${this.line}  p50 ${micros(line.p50Ns)}  p99 ${micros(line.p99Ns)}  ${this.timeLeft()}`);
  }

  trialEnds(arm: Arm, trial: Trial): void {
    const key = `${arm.pass.name}/${arm.block}/${arm.scenario}`;
    if (!this.doneArms.has(key)) this.doneMs += trialMs(arm.pass);
    this.doneArms.add(key);
    const text = `${place(arm)}  ${outcomeText(trial)}`;
    if (this.io.live) this.draw(`  ${text}  ${this.timeLeft()}`);
    else this.io.stderr.write(`[${this.doneArms.size}/${this.plannedTrials}] ${text}  ${this.timeLeft()}\n`);
  }

  end(): void {
    if (this.io.live) this.io.stderr.write("\r\x1b[K");
  }

  /** The plan's length, stretched by what lay between the trials so far. */
  private timeLeft(): string {
    if (this.plannedMs === 0) return "";
    const elapsed = this.nowMs() - this.startedAtMs;
    const stretch = this.doneMs > 0 ? elapsed / this.doneMs : 1.2;
    const left = Math.max(0, Math.round(((this.plannedMs - this.doneMs) * stretch) / 1000));
    return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
  }

  private draw(text: string): void {
    this.io.stderr.write(`\r\x1b[K${text.slice(0, LINE_WIDTH)}`);
  }
}

/** A line that wraps cannot be drawn over. */
const LINE_WIDTH = 79;

/** A trial's part of its block. */
function trialMs(pass: Arm["pass"]): number {
  const windowMs = (pass.plan.warmupNs + pass.plan.windowNs) / 1e6;
  return (windowMs * windowsPerBlock(pass)) / pass.scenarios.length;
}

function place(arm: Arm): string {
  return `${arm.pass.name.padEnd(11)} block ${arm.block + 1}/${arm.pass.blocks}  ${arm.scenario.padEnd(15)}`;
}

function outcomeText(trial: Trial): string {
  if (trial.outcome.state === "failed") return `failed: ${trial.outcome.message.split("\n")[0] ?? ""}`;
  const p50 = quantileNs(trial, 0.5);
  const p99 = quantileNs(trial, 0.99);
  const figures = p50 === null || p99 === null ? "no calls" : `p50 ${micros(p50)}  p99 ${micros(p99)}`;
  const { state, reasons } = trial.outcome.verdict;
  return `${figures}  ${state}${state === "VALID" ? "" : ` (${reasons.map((reason) => reason.rule).join(", ")})`}`;
}

function micros(valueNs: number): string {
  return valueNs < 1e6 ? `${Math.round(valueNs / 1e3)} µs` : `${(valueNs / 1e6).toFixed(2)} ms`;
}

/** Runs one verb inside the test's own process, its words kept instead of printed, on a results folder of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Command } from "commander";
import { afterEach, beforeEach } from "vitest";
import type { Run } from "../../results/run-shape.js";
import { RunStore } from "../../results/run-store.js";
import type { Io } from "../io.js";

export interface VerbBench {
  /** The results folder. */
  folder: string;
  tell(...args: readonly string[]): Promise<{ out: string; err: string; code: number | string | undefined }>;
  keep(...runs: readonly Run[]): Promise<void>;
}

export function verbBench(register: (program: Command, io: Io) => void, env: NodeJS.ProcessEnv = {}): VerbBench {
  const bench: VerbBench = {
    folder: "",
    async tell(...args) {
      const told = { out: "", err: "" };
      const into = (key: "out" | "err"): Writable =>
        new Writable({
          write(chunk: Buffer, _encoding, done): void {
            told[key] += chunk.toString();
            done();
          },
        });
      const program = new Command("tollgate").enablePositionalOptions();
      register(program, { stdout: into("out"), stderr: into("err"), env, colour: false, live: false });
      process.exitCode = undefined;
      await program.parseAsync([...args, "--results", bench.folder], { from: "user" });
      return { ...told, code: process.exitCode };
    },
    async keep(...runs) {
      for (const run of runs) {
        await using store = await RunStore.create(bench.folder, run.header);
        for (const trial of run.trials) await store.appendTrial(trial);
        if (run.end !== null) await store.finish(run.end);
      }
    },
  };
  beforeEach(async () => {
    bench.folder = await mkdtemp(join(tmpdir(), "tollgate-verb-"));
  });
  afterEach(async () => {
    process.exitCode = undefined;
    await rm(bench.folder, { recursive: true });
  });
  return bench;
}

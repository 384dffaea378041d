/**
 * The command line of tollgate, ready to be parsed: each verb is a file under verbs/ that reads its flags and calls what
 * does the work; this file only gathers them. Reading the code of all takes half a second, so only that of the verb that
 * is asked for is read.
 */
import { Command } from "commander";
import { EXIT } from "../loadgen/fault.js";
import type { Io } from "./io.js";
import { version } from "./version.js";

/** Puts a verb onto the program. */
export type Verb = (program: Command, io: Io) => void;

/** In the order in which help lists them. */
const VERBS: ReadonlyMap<string, () => Promise<Verb>> = new Map(
  Object.entries({
    doctor: async () => (await import("./verbs/doctor.js")).registerDoctor,
    scenarios: async () => (await import("./verbs/scenarios.js")).registerScenarios,
    clean: async () => (await import("./verbs/clean.js")).registerClean,
    run: async () => (await import("./verbs/run.js")).registerRun,
    report: async () => (await import("./verbs/report.js")).registerReport,
    history: async () => (await import("./verbs/history.js")).registerHistory,
    capacity: async () => (await import("./verbs/capacity.js")).registerCapacity,
    export: async () => (await import("./verbs/export.js")).registerExport,
    compare: async () => (await import("./verbs/compare.js")).registerCompare,
    tag: async () => (await import("./verbs/tag.js")).registerTag,
    gate: async () => (await import("./verbs/gate.js")).registerGate,
    anatomy: async () => (await import("./verbs/anatomy.js")).registerAnatomy,
    import: async () => (await import("./verbs/import.js")).registerImport,
    calibrate: async () => (await import("./verbs/calibrate.js")).registerCalibrate,
    "cross-check": async () => (await import("./verbs/cross-check.js")).registerCrossCheck,
    serve: async () => (await import("./verbs/serve.js")).registerServe,
    load: async () => (await import("./verbs/load.js")).registerLoad,
  }),
);

/** The verb that the first word of a command line asks for; all of them where it is none: help, or a mistake. */
export async function verbsOf(word = ""): Promise<Verb[]> {
  const asked = VERBS.get(word);
  return Promise.all([...(asked === undefined ? VERBS.values() : [asked])].map((load) => load()));
}

/** @param exit called with 0 after help and version, 2 for what commander itself refuses */
export function tollgateProgram(io: Io, exit: (code: number) => never, verbs: readonly Verb[]): Command {
  const program = new Command("tollgate")
    .description(
      "What does each way through the network cost a gRPC call: no policy, L4 policy in eBPF, L7 policy in Envoy, " +
        "L7 with TLS taken off and put on again?",
    )
    .version(version)
    // Flags after a verb of a verb are its own: `capacity` and `capacity plan` share names.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for the flags and an example)")
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .exitOverride((error) => exit(error.exitCode === 0 ? EXIT.done : EXIT.usage));
  for (const register of verbs) register(program, io);
  return program;
}

/**
 * The command line of tollgate, ready to be parsed: each verb is a file under verbs/ that reads its flags and calls what
 * does the work; this file only gathers them.
 */
import { Command } from "commander";
import { EXIT } from "../loadgen/fault.js";
import type { Io } from "./io.js";
import { registerAnatomy } from "./verbs/anatomy.js";
import { registerCalibrate } from "./verbs/calibrate.js";
import { registerCompare } from "./verbs/compare.js";
import { registerCapacity } from "./verbs/capacity.js";
import { registerCrossCheck } from "./verbs/cross-check.js";
import { registerDoctor } from "./verbs/doctor.js";
import { registerExport } from "./verbs/export.js";
import { registerGate } from "./verbs/gate.js";
import { registerHistory } from "./verbs/history.js";
import { registerImport } from "./verbs/import.js";
import { registerLoad } from "./verbs/load.js";
import { registerReport } from "./verbs/report.js";
import { registerRun } from "./verbs/run.js";
import { registerClean } from "./verbs/clean.js";
import { registerScenarios } from "./verbs/scenarios.js";
import { registerServe } from "./verbs/serve.js";
import { registerTag } from "./verbs/tag.js";
import { version } from "./version.js";

/** @param exit called with 0 after help and version, 2 for what commander itself refuses */
export function tollgateProgram(io: Io, exit: (code: number) => never): Command {
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
  registerDoctor(program, io);
  registerScenarios(program, io);
  registerClean(program, io);
  registerRun(program, io);
  registerReport(program, io);
  registerHistory(program, io);
  registerCapacity(program, io);
  registerExport(program, io);
  registerCompare(program, io);
  registerTag(program, io);
  registerGate(program, io);
  registerAnatomy(program, io);
  registerImport(program, io);
  registerCalibrate(program, io);
  registerCrossCheck(program, io);
  registerServe(program, io);
  registerLoad(program, io);
  return program;
}

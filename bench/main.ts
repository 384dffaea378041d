#!/usr/bin/env node
/** The command `tollgate`. */
import { EXIT, type ExitCode } from "../loadgen/fault.js";
import { guard, processIo } from "./io.js";
import { tollgateProgram, verbsOf } from "./program.js";
import { withSbin } from "./sbin-path.js";

process.env["PATH"] = withSbin(process.env["PATH"]);
const io = processIo();
const program = tollgateProgram(io, (code) => process.exit(code), await verbsOf(process.argv[2]));

// A flag that cannot be read throws its Fault here; what a verb does has its own guard, and its exit code stands.
await guard(io, async () => {
  await program.parseAsync();
  return (process.exitCode ?? EXIT.done) as ExitCode;
});

/**
 * `npm run lab`: installs what is missing, then `tollgate run --env lab` with every flag given after `--`.
 */
import { spawn } from "node:child_process";
import { COMMAND, ensureBuild, ensureNode, ensureNodeModules, ensurePackages, LAB_PROGRAMS } from "./ensure.mjs";

const flags = process.argv.slice(2);
const onlyReading = flags.some((flag) => flag === "--help" || flag === "-h");
ensureNode();
if (!onlyReading) ensurePackages(LAB_PROGRAMS);
ensureNodeModules();
ensureBuild();

// The terminal sends Ctrl-C to both processes: the child ends its trial, cleans up and decides the exit code.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
const child = spawn(process.execPath, [COMMAND, "run", "--env", "lab", ...flags], {
  stdio: "inherit",
});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
});

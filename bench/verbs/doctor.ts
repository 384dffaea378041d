/**
 * `tollgate doctor`: can an environment run on this machine, and if not, which command mends it.
 */
import { Option, type Command } from "commander";
import { EXIT, type ExitCode } from "../../loadgen/fault.js";
import { renderFindings } from "../doctor/finding.js";
import { thisHost } from "../doctor/host.js";
import { examineLab } from "../doctor/lab-checks.js";
import { guard, type Io } from "../io.js";

interface DoctorFlags {
  readonly env: "lab";
  readonly rootless?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  tollgate doctor --env lab              what the lab needs, and what lacks
  tollgate doctor --env lab --rootless   the same for a lab without root
Exit code 0 when it can run, 1 when it cannot.`;

export function registerDoctor(program: Command, io: Io): void {
  program
    .command("doctor")
    .description("say what is missing on this machine, and the command that mends it")
    .addOption(new Option("--env <name>", "where roads shall stand").choices(["lab"]).default("lab"))
    .option("--rootless", "for a lab without root")
    .option("--json", "the findings on stdout, for machines")
    .addHelpText("after", EXAMPLES)
    .action((flags: DoctorFlags) => guard(io, () => doctor(flags, io)));
}

async function doctor(flags: DoctorFlags, io: Io): Promise<ExitCode> {
  const findings = await examineLab(thisHost(io.env), { rootless: flags.rootless === true });
  const isFit = findings.every(({ state }) => state !== "fail");
  if (flags.json === true) io.stdout.write(`${JSON.stringify({ env: flags.env, ok: isFit, findings }, null, 2)}\n`);
  else io.stdout.write(renderFindings(findings, "the lab"));
  return isFit ? EXIT.done : EXIT.fault;
}

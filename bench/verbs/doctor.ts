/**
 * `tollgate doctor`: can an environment run here, on this machine or on that cluster, and if not, which command mends it.
 */
import { Option, type Command } from "commander";
import { EXIT, type ExitCode } from "../../loadgen/fault.js";
import { CILIUM_NAMESPACE } from "../cluster/cilium-install.js";
import type { Kubectl } from "../cluster/kubectl.js";
import { currentContext, openKubectl } from "../cluster/kubectl-command.js";
import { rbacManifest } from "../cluster/rbac.js";
import { examineCluster } from "../doctor/cluster-checks.js";
import { renderFindings, type Finding } from "../doctor/finding.js";
import { thisHost } from "../doctor/host.js";
import { examineLab } from "../doctor/lab-checks.js";
import { guard, type Io } from "../io.js";

interface DoctorFlags {
  readonly env: "lab" | "cluster";
  readonly rootless?: true;
  readonly context?: string;
  readonly namespace: string;
  readonly ciliumNamespace: string;
  readonly image: string;
  readonly rbac?: true;
  readonly secretsNamespace?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  tollgate doctor --env lab                     what the lab needs, and what lacks
  tollgate doctor --env lab --rootless          the same for a lab without root
  tollgate doctor --env cluster --context prod  kubectl, permissions and Cilium of a cluster
  tollgate doctor --env cluster --rbac          the manifest of everything tollgate may do there
Exit code 0 when it can run, 1 when it cannot.`;

export function registerDoctor(program: Command, io: Io): void {
  program
    .command("doctor")
    .description("say what is missing on this machine or cluster, and the command that mends it")
    .addOption(new Option("--env <name>", "where roads shall stand").choices(["lab", "cluster"]).default("lab"))
    .option("--rootless", "for a lab without root")
    .option("--context <name>", "the cluster, as the kubeconfig calls it (default: its current context)")
    .option("--namespace <name>", "where tollgate's pods shall stand", "tollgate")
    .option("--cilium-namespace <name>", "where Cilium's own pods are", CILIUM_NAMESPACE)
    .option("--image <name>", "the image that tollgate's pods run", "node:20-slim")
    .option("--rbac", "print the RBAC manifest instead: exactly what tollgate does on a cluster")
    .option(
      "--secrets-namespace <name>",
      "with --rbac, for a Cilium that reads TLS secrets there only: rights there too",
    )
    .option("--json", "the findings on stdout, for machines")
    .addHelpText("after", EXAMPLES)
    .action((flags: DoctorFlags) => guard(io, () => doctor(flags, io)));
}

async function doctor(flags: DoctorFlags, io: Io): Promise<ExitCode> {
  if (flags.rbac === true) return printManifest(flags, io);
  const findings = flags.env === "lab" ? await examineThisMachine(flags, io) : await examineThatCluster(flags, io);
  const isFit = findings.every(({ state }) => state !== "fail");
  const subject = flags.env === "lab" ? "the lab" : "tollgate";
  if (flags.json === true) io.stdout.write(`${JSON.stringify({ env: flags.env, ok: isFit, findings }, null, 2)}\n`);
  else io.stdout.write(renderFindings(findings, subject));
  return isFit ? EXIT.done : EXIT.fault;
}

function examineThisMachine(flags: DoctorFlags, io: Io): Promise<Finding[]> {
  return examineLab(thisHost(io.env), { rootless: flags.rootless === true });
}

async function examineThatCluster(flags: DoctorFlags, io: Io): Promise<Finding[]> {
  const { ciliumNamespace, image } = flags;
  return examineCluster(await kubectlOf(flags, io), { ciliumNamespace, image });
}

/** Needs no cluster: the manifest is also for whoever may not look yet. */
function printManifest(flags: DoctorFlags, io: Io): ExitCode {
  const { namespace: own, ciliumNamespace: cilium, secretsNamespace: secrets = null } = flags;
  io.stdout.write(rbacManifest({ own, cilium, secrets }));
  return EXIT.done;
}

async function kubectlOf({ context, namespace }: DoctorFlags, io: Io): Promise<Kubectl> {
  return openKubectl({ context: context ?? (await currentContext(io.env)), namespace, env: io.env });
}

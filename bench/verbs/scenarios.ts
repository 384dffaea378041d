/**
 * `tollgate scenarios`: the roads as they are known, one of them in full, as manifests or configuration, and the linter
 * for policies that somebody else wrote.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { Option, type Command } from "commander";
import { EXIT, Fault, renderFault, type ExitCode } from "../../loadgen/fault.js";
import { painter } from "../../reports/paint.js";
import { CATALOGUE, CLUSTER_CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import { CILIUM_MINORS, ciliumRelease, releaseName, type CiliumRelease } from "../../scenarios/cilium-releases.js";
import { lintPolicies, type LintReport, type PolicySource } from "../../scenarios/lint/lint-policy.js";
import { ciliumYaml, renderCilium } from "../../scenarios/render-cilium.js";
import { guard, type Io } from "../io.js";
import { labText, renderLab } from "./lab-text.js";
import { lintPage } from "./lint-page.js";
import { listPage, showPage } from "./scenario-pages.js";

const NEWEST = CILIUM_MINORS.at(-1) ?? "";

export function registerScenarios(program: Command, io: Io): void {
  const scenarios = program
    .command("scenarios")
    .description("the roads: list them, show one, render it, lint Cilium policies for gRPC")
    .addHelpText("after", "\nExample:\n  tollgate scenarios lint policies/*.yaml");
  registerList(scenarios, io);
  registerShow(scenarios, io);
  registerRender(scenarios, io);
  registerLint(scenarios, io);
}

function registerList(scenarios: Command, io: Io): void {
  scenarios
    .command("list")
    .description("every road, what it is held against and what differs")
    .option("--json", "for machines")
    .addHelpText("after", "\nExample:\n  tollgate scenarios list")
    .action((flags: JsonFlag) =>
      guard(io, () => {
        const all = [...CATALOGUE, ...CLUSTER_CATALOGUE];
        return print(io, flags.json === true ? json({ scenarios: all }) : listPage(painter(io.colour)));
      }),
    );
}

function registerShow(scenarios: Command, io: Io): void {
  scenarios
    .command("show")
    .argument("<name>", "a road of the list, or l7@<envoy version>")
    .description("one road: its question, its promised path, who may call what")
    .option("--json", "for machines")
    .addHelpText("after", "\nExample:\n  tollgate scenarios show l7-tls")
    .action((name: string, flags: JsonFlag) =>
      guard(io, () => {
        const scenario = scenarioByName(name);
        return print(io, flags.json === true ? json(scenario) : showPage(scenario, painter(io.colour)));
      }),
    );
}

interface JsonFlag {
  readonly json?: true;
}

interface RenderFlags extends JsonFlag {
  readonly target: "cilium" | "lab";
  readonly cilium: string;
  readonly namespace: string;
}

function registerRender(scenarios: Command, io: Io): void {
  scenarios
    .command("render")
    .argument("<name>", "a road of the list, or l7@<envoy version>")
    .description("a road as Cilium manifests, or as the lab's policy map, nft and Envoy configuration")
    .addOption(new Option("--target <name>", "for which environment").choices(["cilium", "lab"]).default("cilium"))
    .option("--cilium <release>", `Cilium release, ${CILIUM_MINORS[0]} to ${NEWEST}, with or without the patch`, NEWEST)
    .option("--namespace <name>", "where the payments service and its callers live", "bench")
    .option("--json", "for machines: manifests, secrets and warnings")
    .addHelpText("after", "\nExample:\n  tollgate scenarios render l7-tls --cilium 1.18 | kubectl apply -f -")
    .action((name: string, flags: RenderFlags) => guard(io, () => render(name, flags, io)));
}

function render(name: string, flags: RenderFlags, io: Io): Promise<ExitCode> {
  const scenario = scenarioByName(name);
  if (flags.target === "lab") {
    return print(io, flags.json === true ? json(renderLab(scenario)) : labText(scenario));
  }
  const target = {
    release: ciliumRelease(flags.cilium),
    namespace: flags.namespace,
    podLabels: {},
    policyLabels: {},
    openings: [],
  };
  const rendering = renderCilium(scenario, target);
  if (flags.json === true) return print(io, json({ cilium: releaseName(target.release), ...rendering }));
  for (const warning of rendering.warnings) io.stderr.write(`! ${warning}\n`);
  return print(io, ciliumYaml(scenario, target));
}

interface LintFlags extends JsonFlag {
  readonly cilium?: string;
}

function registerLint(scenarios: Command, io: Io): void {
  scenarios
    .command("lint")
    .argument("<file...>", "YAML or JSON, folders of them, or - for stdin")
    .description("what is wrong with CiliumNetworkPolicies for gRPC, with line numbers and the remedy")
    .option("--cilium <release>", "only what matters on this release")
    .option("--json", "for machines")
    .addHelpText(
      "after",
      "\nExit code 0: clean, or warnings only; 1: at least one error; 2: a file that cannot be read." +
        "\n\nExamples:\n  tollgate scenarios lint policies/ --cilium 1.20" +
        "\n  kubectl get cnp,ccnp -A -o yaml | tollgate scenarios lint -",
    )
    .action((files: string[], flags: LintFlags) => guard(io, () => lint(files, flags, io)));
}

async function lint(files: readonly string[], flags: LintFlags, io: Io): Promise<ExitCode> {
  const release = flags.cilium === undefined ? null : ciliumRelease(flags.cilium);
  const sources = (await Promise.all([...new Set(files)].map(sourcesAt))).flat();
  const report = lintPolicies(sources, release);
  requireSomething(report, files);
  await print(io, flags.json === true ? lintJson(report, release) : lintPage(report, release, painter(io.colour)));
  for (const fault of report.faults) io.stderr.write(`${renderFault(fault)}\n`);
  if (report.faults.length > 0) return EXIT.usage;
  return report.findings.some(({ severity }) => severity === "error") ? EXIT.fault : EXIT.done;
}

/** A file, the YAML and JSON files of a folder, or what comes on stdin. */
async function sourcesAt(path: string): Promise<readonly PolicySource[]> {
  if (path === "-") return [{ file: "stdin", text: await readAll(process.stdin) }];
  try {
    if (!(await stat(path)).isDirectory()) return [{ file: path, text: await readFile(path, "utf8") }];
    const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/i.test(name)).sort();
    return await Promise.all(
      names.map(async (name) => ({ file: join(path, name), text: await readFile(join(path, name), "utf8") })),
    );
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Fault({
      fact: `${path} cannot be read`,
      seen: reason === "ENOENT" ? "there is no such file or folder" : reason,
      exitCode: EXIT.usage,
    });
  }
}

/** Silence about a file that holds no policy would look like a clean bill. */
function requireSomething({ policies, findings, faults }: LintReport, files: readonly string[]): void {
  if (policies.length > 0 || faults.length > 0 || findings.some(({ severity }) => severity === "error")) return;
  throw new Fault({
    fact: `no Cilium policy in ${files.join(", ")}`,
    expected: "a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy",
    ...(findings[0] === undefined ? {} : { seen: findings[0].message }),
    exitCode: EXIT.usage,
  });
}

function lintJson({ findings, policies, faults }: LintReport, release: CiliumRelease | null): string {
  return json({
    cilium: release === null ? null : releaseName(release),
    findings,
    policies,
    faults: faults.map(({ text }) => text),
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function print(io: Io, text: string): Promise<ExitCode> {
  io.stdout.write(text);
  return Promise.resolve(EXIT.done);
}

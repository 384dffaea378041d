import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../shell.js";
import { chooseEnvoys, type ChosenEnvoys } from "./chosen-envoys.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-chosen-"));
});
afterEach(() => rm(folder, { recursive: true }));

function chosen(envoy: readonly string[], cilium: readonly string[] = []): Promise<ChosenEnvoys> {
  return chooseEnvoys({ envoy, cilium }, { env: {}, run: runCommand });
}

async function program(name: string, version: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho "envoy  version: 3909deb1/${version}/Clean/RELEASE/BoringSSL"\n`);
  await chmod(path, 0o755);
  return path;
}

describe("one Envoy", () => {
  test("or none is the run's own, and no preview", async () => {
    expect(await chosen([])).toMatchObject({ own: null, arms: [] });
    expect(await chosen(["1.38.3"])).toMatchObject({ own: "1.38.3", arms: [], standIns: [] });
    expect(await chosen(["./envoy"])).toMatchObject({ own: "./envoy", arms: [] });
  });

  test("of a Cilium release is the upstream one nearest to it, and the record will say so", async () => {
    expect(await chosen([], ["1.20.0"])).toMatchObject({
      own: "1.37.0",
      arms: [],
      standIns: [{ envoy: "1.37.0", cilium: "1.20.0", ships: "1.37.5" }],
    });
  });
});

describe("two Envoys", () => {
  test("are arms, the earlier version first whatever the order of the flags", async () => {
    expect(await chosen(["1.37.0", "1.36.4"])).toMatchObject({ own: null, arms: ["1.36.4", "1.37.0"] });
    expect((await chosen([], ["1.20.0", "1.19.3"])).arms).toEqual(["1.36.4", "1.37.0"]);
  });

  test("may be given by path and are then named by what they say of themselves", async () => {
    const path = await program("built-by-hand", "1.37.5");
    const { arms, paths } = await chosen([path, "1.36.4"]);
    expect(arms).toEqual(["1.36.4", "1.37.5"]);
    expect([...paths]).toEqual([["1.37.5", path]]);
  });

  test.each([
    [["1.37.0", "1.37.0"], [], "1.37.0 and 1.37.0 come to the same Envoy, 1.37.0"],
    [
      [],
      ["1.19.3", "1.19.6"],
      "Cilium 1.19.3 (Envoy 1.36.6) and Cilium 1.19.6 (Envoy 1.36.9) come to the same Envoy, 1.36.4",
    ],
    [["1.37.0"], ["1.20.0"], "--envoy and --cilium both say which Envoys to take"],
    [["1.37.0", "newest"], [], '"newest" is neither a path nor a version of Envoy'],
    [[], ["1.18.4", "1.20.0"], "Cilium 1.18.4 has no preview"],
  ])("--envoy %j --cilium %j is refused", async (envoy, cilium, message) => {
    await expect(chosen(envoy, cilium)).rejects.toThrow(message);
  });

  test("of one version under two paths are refused: arms are named by version", async () => {
    const [one, other] = [await program("one", "1.37.5"), await program("other", "1.37.5")];
    await expect(chosen([one, other])).rejects.toThrow("come to the same Envoy, 1.37.5");
  });
});

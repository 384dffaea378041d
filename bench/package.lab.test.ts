/**
 * What `npm pack` makes is installed into an empty folder, away from the clone, and every part of the product that needs
 * a file of its own is used from there. `npm test` has built already; `npm pack` by hand builds first (prepack).
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../proto/package-root.js";

let folder: string;
let packed: readonly string[];
let server: ChildProcess | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tollgate-package-"));
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const [tarball] = JSON.parse(execFileSync("npm", pack, { cwd: packageRoot, encoding: "utf8" })) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = tarball.files.map(({ path }) => path);
  writeFileSync(join(folder, "package.json"), "{}");
  const install = ["install", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball.filename}`];
  execFileSync("npm", install, { cwd: folder, stdio: "pipe" });
}, 180_000);
afterAll(() => {
  server?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function tollgate(...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const program = join(folder, "node_modules/.bin/tollgate");
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

describe("the package", () => {
  test("holds no tests, no helpers of tests and nothing of the build's own", () => {
    expect(
      packed.filter((path) => /\.test|test-helper|\/testing\/|^dist\/\.|__golden__|recordings/.test(path)),
    ).toEqual([]);
  });

  test("holds every page that the help and the README name", () => {
    const named = readFileSync(join(packageRoot, "README.md"), "utf8").matchAll(/\]\((docs\/[a-z-]+\.md)\)/g);
    expect(packed).toEqual(expect.arrayContaining([...named].map(([, page]) => page)));
  });

  test("helps, lists its roads, and renders them for both targets", () => {
    expect(tollgate("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("scenarios") });
    const list = tollgate("scenarios", "list");
    expect(list, list.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("l7-tls") });
    for (const target of ["lab", "cilium"]) {
      expect(tollgate("scenarios", "render", "l7-tls", "--target", target)).toMatchObject({ code: 0 });
    }
  });

  test("serves and loads, with workers as processes of their own", async () => {
    server = spawn(join(folder, "node_modules/.bin/tollgate"), ["serve", "--listen", "127.0.0.1:0"], { cwd: folder });
    const [line] = (await once(server.stdout!.setEncoding("utf8"), "data")) as [string];
    const target = /listening on (\S+)/.exec(line)![1]!;
    const call = [
      "--call",
      "payments.Payments/ProcessPayment",
      "--in-flight",
      "2",
      "--duration",
      "200ms",
      "--warmup",
      "0",
    ];
    const { stdout, stderr } = tollgate("load", "--target", target, ...call, "--json");
    expect(JSON.parse(stdout) as { ok: number }, stderr).toMatchObject({ failed: {}, in_flight_at_end: 0 });
    server.kill("SIGTERM");
    await once(server, "exit");
    expect(server.exitCode).toBe(0);
  });

  test("measures roads through eBPF and Envoy, and leaves run and page in the folder it was called in", () => {
    const small = ["--passes", "single", "--blocks", "1", "--duration", "100ms", "--warmup", "50ms"];
    const lab = ["--lab-id", `package-${process.pid}`, "--roads", "no-policy,l4,l7,l7-tls"];
    const { code, stdout, stderr } = tollgate("run", ...lab, ...small, "--json");
    expect(code, stderr).toBe(0);
    const { run, trials } = JSON.parse(stdout) as { run: { dir: string }; trials: { valid: number; suspect: number } };
    expect(trials.valid + trials.suspect).toBe(4);
    expect(readdirSync(join(folder, "results/runs"))).toHaveLength(1);
    expect(existsSync(join(folder, run.dir, "report.html")) || existsSync(join(run.dir, "report.html"))).toBe(true);
  });

  test("has the program that its pods run in a cluster", () => {
    expect(existsSync(join(folder, "node_modules/tollgate/dist/pods/program.mjs"))).toBe(true);
  });
});

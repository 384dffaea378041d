import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CATALOGUE, CLUSTER_CATALOGUE } from "../../scenarios/catalogue.js";
import { registerScenarios } from "./scenarios.js";

interface Told {
  readonly out: string;
  readonly err: string;
  readonly exit: number | string | undefined;
}

/** Runs `tollgate scenarios …` with its words kept instead of printed. */
async function tollgate(...args: readonly string[]): Promise<Told> {
  const out: string[] = [];
  const err: string[] = [];
  const into = (lines: string[]): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done): void {
        lines.push(chunk.toString());
        done();
      },
    });
  const program = new Command("tollgate");
  registerScenarios(program, { stdout: into(out), stderr: into(err), env: {}, colour: false, live: false });
  await program.parseAsync(["scenarios", ...args], { from: "user" });
  return { out: out.join(""), err: err.join(""), exit: process.exitCode };
}

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-lint-"));
});
afterEach(async () => {
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const ARTICLE = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: payments-service-grpc-policy
  namespace: bench
spec:
  endpointSelector:
    matchLabels:
      app: payments-service
  ingress:
  - fromEndpoints:
    - matchLabels:
        app: api-gateway
    toPorts:
    - ports:
      - port: "50051"
        protocol: TCP
      rules:
        l7proto: grpc
        l7:
        - method: /payments.Payments/ProcessPayment
        - method: /payments.Payments/GetPaymentStatus
`;
const RIGHT = ARTICLE.replace(
  /l7proto[^]*$/,
  String.raw`http:
        - method: POST
          path: /payments\.Payments/(ProcessPayment|GetPaymentStatus)
`,
);

describe("list and show", () => {
  test("the list fits into 100 columns", async () => {
    const { out, exit } = await tollgate("list");
    expect(exit).toBe(0);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    await expect(out).toMatchFileSnapshot("__golden__/scenarios-list.txt");
  });

  test("every road has its page", async () => {
    const pages = await Promise.all(
      [...CATALOGUE, ...CLUSTER_CATALOGUE].map(async ({ name }) => (await tollgate("show", name)).out),
    );
    expect(
      Math.max(
        ...pages
          .join("\n")
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
    await expect(pages.join("\n")).toMatchFileSnapshot("__golden__/scenarios-show.txt");
  });

  test("for machines both are JSON", async () => {
    expect(JSON.parse((await tollgate("show", "l7", "--json")).out)).toMatchObject({ name: "l7", baseline: "l4" });
    const { scenarios } = JSON.parse((await tollgate("list", "--json")).out) as { scenarios: unknown[] };
    expect(scenarios).toHaveLength(CATALOGUE.length + CLUSTER_CATALOGUE.length);
  });

  test("a slip of the pen ends with exit code 2 and the nearest name", async () => {
    const { err, exit } = await tollgate("show", "l7-tsl");
    expect(exit).toBe(2);
    expect(err).toContain('did you mean "l7-tls"?');
  });
});

describe("render", () => {
  test("manifests go to stdout, what the release cannot do to stderr", async () => {
    const { out, err, exit } = await tollgate("render", "l7-tls", "--cilium", "1.15", "--namespace", "pay");
    expect(exit).toBe(0);
    expect(out).toContain("namespace: pay");
    expect(out).toContain(String.raw`path: ^/payments\.Payments/(ProcessPayment|GetPaymentStatus)$`);
    expect(err).toContain("! Cilium 1.15 reads TLS secrets from files on the node");
  });

  test("for machines: policies, secrets and warnings in one object", async () => {
    const { out } = await tollgate("render", "l7-tls", "--cilium", "1.18.4", "--json");
    const rendering = JSON.parse(out) as { cilium: string; policies: unknown[]; secrets: { name: string }[] };
    expect(rendering.cilium).toBe("1.18.4");
    expect(rendering.policies).toHaveLength(2);
    expect(rendering.secrets.map(({ name }) => name)).toEqual(["payments-intercept-tls", "payments-upstream-ca"]);
  });

  test("for the lab: policy map, redirect and Envoy, or that nothing stands in the way", async () => {
    const { out } = await tollgate("render", "l7", "--target", "lab");
    expect(out).toContain("# eBPF policy map");
    expect(out).toContain("tproxy to 127.0.0.1");
    expect(out).toContain("envoy.extensions.filters.http.rbac.v3.RBAC");
    expect((await tollgate("render", "no-policy", "--target", "lab")).out).toContain("Nothing stands in this road");
    const parts = JSON.parse((await tollgate("render", "l4", "--target", "lab", "--json")).out) as object;
    expect(parts).toMatchObject({ nft: null, envoy: null });
  });

  test.each([
    [["render", "l4-proxy"], 'the road "l4-proxy" has no form in Cilium'],
    [["render", "l7", "--cilium", "1.13"], '"1.13" is not a Cilium release that tollgate knows'],
    [["render", "l7-tls-ingress", "--target", "lab"], 'the road "l7-tls-ingress" stands in a cluster only'],
  ])("%j is a fault", async (args, fact) => {
    const { err, exit } = await tollgate(...args);
    expect(exit).toBe(2);
    expect(err).toContain(`tollgate: ${fact}`);
  });
});

describe("lint", () => {
  test("the article's policy gets a full explanation and its corrected form, exit code 1", async () => {
    const path = await file("article.yaml", ARTICLE);
    const { out, exit } = await tollgate("lint", path);
    expect(exit).toBe(1);
    await expect(out.replaceAll(`${folder}/`, "")).toMatchFileSnapshot("__golden__/lint-article.txt");
  });

  test("a right policy gets a clean bill", async () => {
    const { out, exit } = await tollgate("lint", await file("right.yaml", RIGHT), "--cilium", "1.20.0");
    expect(exit).toBe(0);
    expect(out.trimEnd().split("\n").at(-1)).toBe("no findings: 1 policy, 1 HTTP rule, Cilium 1.20.0 (1 note)");
  });

  test("warnings alone leave the exit code at 0", async () => {
    const { out, exit } = await tollgate("lint", await file("dots.yaml", RIGHT.replaceAll("\\.", ".")));
    expect(exit).toBe(0);
    expect(out).toContain("1 warning: 1 policy");
    expect(out).toContain("# payments-service-grpc-policy, corrected:");
  });

  test("folders are read whole, and a file that is no YAML hides nothing of the others", async () => {
    await file("a.yaml", ARTICLE);
    await file("b.yml", "a: {b\n");
    await file("notes.md", "not looked at");
    const { out, err, exit } = await tollgate("lint", folder);
    expect(exit).toBe(2);
    expect(out).toContain("grpc-parser");
    expect(err).toMatch(/b\.yml:\d+:\d+: this is not YAML/);
  });

  test("for machines: findings with their places, corrected forms, faults", async () => {
    const { out, exit } = await tollgate("lint", await file("article.yaml", ARTICLE), "--json");
    const report = JSON.parse(out) as { findings: object[]; policies: { corrected: string }[]; faults: unknown[] };
    expect(exit).toBe(1);
    expect(report.findings).toMatchObject([{ line: 19, column: 9, severity: "error", rule: "grpc-parser" }]);
    expect(report.policies[0]?.corrected).toContain("method: POST");
    expect(report.faults).toEqual([]);
  });

  test("a missing file and a file without any policy are faults, not clean bills", async () => {
    const missing = await tollgate("lint", join(folder, "none.yaml"));
    expect(missing.exit).toBe(2);
    expect(missing.err).toContain("there is no such file or folder");
    const other = await tollgate("lint", await file("service.yaml", "apiVersion: v1\nkind: Service\n"));
    expect(other.exit).toBe(2);
    expect(other.err).toContain("no Cilium policy in");
  });
});

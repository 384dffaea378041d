import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusName } from "./grpc/status.js";
import { framed } from "./http2/played-peer.test-helper.js";
import { createLeanServer } from "./lean-server.js";
import { leanTransport } from "./lean-transport.js";
import { freePort } from "./loopback.test-helper.js";
import { okAnswer, type ServerTls, type UnaryServer } from "./unary-service.js";
import { ms, ns, seconds } from "./units.js";
import { onlyWhere } from "../proto/only-where.test-helper.js";

const hasNghttp2 = spawnSync("h2load", ["--version"]).status === 0 && spawnSync("nghttpd", ["--version"]).status === 0;

let folder: string;
let tls: ServerTls;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-interop-"));
  const made = spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
    ...["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
  ]);
  expect(made.status).toBe(0);

  const [cert, key] = await Promise.all(["cert.pem", "key.pem"].map((name) => readFile(join(folder, name), "utf8")));
  tls = { cert: cert!, key: key!, ca: null };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("h2load calls the lean server", onlyWhere(hasNghttp2, "h2load and nghttpd are not installed"), () => {
  test.each([
    ["plaintext", 1, false],
    ["plaintext", 100, false],
    ["TLS", 10, true],
  ])("%s, %i in flight: every call succeeds and is counted", async (_name, inFlight, secured) => {
    const server: UnaryServer = createLeanServer({
      methods: new Map([["/a.B/C", { name: "C", handle: () => okAnswer(Buffer.from("answer")) }]]),
    });
    const address = await server.listen({ host: "127.0.0.1", port: 0, tls: secured ? tls : null });
    const body = join(folder, "request.bin");
    await writeFile(body, framed(Buffer.from("a request")));
    const output = await outputOf("h2load", [
      ...["-n", "20000", "-c", "2", "-m", String(inFlight), "-d", body],
      ...["-H", "content-type: application/grpc", "-H", "te: trailers"],
      `http${secured ? "s" : ""}://${address}/a.B/C`,
    ]);
    expect(output).toContain("20000 succeeded, 0 failed, 0 errored, 0 timeout");
    expect(server.counters()[address]).toMatchObject({
      calls: { C: 20_000 },
      connections: 2,
      handshakes: secured ? 2 : 0,
    });
    await server.drain(ms(100));
  });
});

describe("the lean client calls nghttpd", onlyWhere(hasNghttp2, "h2load and nghttpd are not installed"), () => {
  // nghttpd serves files: one that holds a framed message, with gRPC's content-type and trailers, is an answer.
  test.each([
    ["plaintext", false],
    ["TLS", true],
  ])("%s: answers, large requests through its windows, a missing file", async (_name, secured) => {
    await mkdir(join(folder, "a.B"), { recursive: true });
    await writeFile(join(folder, "a.B", "C.grpc"), framed(Buffer.alloc(70_000, "x")));
    await writeFile(join(folder, "mime.types"), "application/grpc grpc\n");
    const port = await freePort();
    const nghttpd = spawn("nghttpd", [
      ...["-d", folder, "-a", "127.0.0.1", "--trailer", "grpc-status: 0"],
      ...["--mime-types-file", join(folder, "mime.types")],
      ...(secured ? [String(port), join(folder, "key.pem"), join(folder, "cert.pem")] : ["--no-tls", String(port)]),
    ]);
    try {
      const requests = [0, 1_000, 60_000, 200_000].map((bytes) => ({ path: "/a.B/C.grpc", bytes }));
      const seen = await callAll(port, secured, [...requests, { path: "/a.B/D.grpc", bytes: 10 }]);
      expect(seen.slice(0, 4)).toEqual(new Array<string>(4).fill("OK 70000"));
      expect(seen[4]).toMatch(/^INTERNAL/);
    } finally {
      nghttpd.kill();
    }
  });
});

interface Request {
  readonly path: string;
  readonly bytes: number;
}

/** All calls at once: how each ended, and the size of its message. */
async function callAll(port: number, secured: boolean, requests: readonly Request[]): Promise<string[]> {
  const ended = new Map<number, string>();
  let resolve: () => void = () => undefined;
  const all = new Promise<void>((done) => (resolve = done));
  const target = {
    host: "127.0.0.1",
    port,
    localAddress: null,
    authority: "localhost",
    tls: secured ? { ca: tls.cert, cert: null, key: null, servername: "localhost", allowMissingAlpn: false } : null,
    connectTimeoutNs: seconds(2),
    literalHeaders: false,
  };
  const listener = {
    onSent() {},
    onEnded(tag: number, status: number, _at: number, bytes: number) {
      ended.set(tag, `${statusName(status)} ${bytes}`);
      if (ended.size === requests.length) resolve();
    },
    onCapacity() {},
    onClosed() {},
  };
  const connection = await eventually(() => leanTransport.connect(target, listener));
  for (const [tag, { path, bytes }] of requests.entries()) {
    connection.start({ path, message: Buffer.alloc(bytes), timeoutNs: ns(20e9), metadata: [] }, tag);
  }
  connection.flush();
  await all;
  await connection.close();
  return requests.map((_request, tag) => ended.get(tag)!);
}

/** A program needs some time until it listens. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 100; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function outputOf(program: string, parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", () => resolve(output));
  });
}

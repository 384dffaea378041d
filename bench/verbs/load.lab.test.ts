import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { readHlog } from "../../results/hlog.js";
import { issueCertificate, makeAuthority } from "../certificates.js";
import type { LoadJson } from "../load/load-report.js";
import { serving, start, tollgate, type Told } from "./tollgate.test-helper.js";

const folder = mkdtempSync(join(tmpdir(), "tollgate-load-"));
afterAll(() => rmSync(folder, { recursive: true }));
const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const authority = makeAuthority("tollgate test");
const certificate = issueCertificate({ authority, cn: "pay.test", sans: ["pay.test"] });
const PEM = {
  ca: file("ca.pem", authority.certPem),
  cert: file("cert.pem", certificate.certPem),
  key: file("key.pem", certificate.keyPem),
};

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const PAYMENT = ["--call", "payments.Payments/ProcessPayment"];
const SHORT = ["--duration", "600ms", "--warmup", "200ms"];

/** The machine may be too busy for the verdict to be VALID; that it decides the exit code is what can be tested. */
function measured({ code, stdout, stderr }: Told): LoadJson {
  expect(stderr).toBe("");
  const json = JSON.parse(stdout) as LoadJson;
  expect(code).toBe(json.verdict.state === "INVALID" ? 5 : 0);
  const failed = Object.values(json.failed).reduce((sum, count) => sum + count, 0);
  expect(json.sent).toBe(json.ok + failed + json.in_flight_at_end);
  return json;
}

describe("load against a server of ours", () => {
  const tls = ["--tls-cert", PEM.cert, "--tls-key", PEM.key];
  const trust = ["--cacert", PEM.ca, "--servername", "pay.test"];

  test.each([
    ["lean", "lean", false],
    ["lean", "grpc-js", false],
    ["grpc-js", "lean", false],
    ["grpc-js", "grpc-js", false],
    ["lean", "grpc-js", true],
    ["grpc-js", "lean", true],
  ])(
    "%s client, %s server, TLS %s: every call of the schedule is sent and answered",
    async (client, server, secured) => {
      const { address } = await serving("--transport", server, ...(secured ? tls : []));
      const json = measured(
        await tollgate(
          "load",
          "--target",
          address,
          ...PAYMENT,
          ...SHORT,
          "--transport",
          client,
          "--rate",
          "200",
          "--json",
          ...(secured ? trust : []),
        ),
      );
      expect(json).toMatchObject({
        target: address,
        call: "payments.Payments/ProcessPayment",
        offered_rate: 200,
        failed: {},
      });
      expect(json.ok).toBeGreaterThan(50);
      expect(json.ok).toBe(json.scheduled);
      expect([json.response?.count, json.service.count, json.lateness?.count]).toEqual([json.ok, json.ok, json.ok]);
      expect(json.connect.count).toBe(1);
      expect(json.handshake?.count ?? null).toBe(secured ? 1 : null);
    },
  );

  test("a closed loop over two workers and four connections has no response and no lateness", async () => {
    const { address } = await serving();
    const json = measured(
      await tollgate(
        "load",
        "--target",
        address,
        ...PAYMENT,
        ...SHORT,
        "--in-flight",
        "8",
        "--workers",
        "2",
        "--connections",
        "4",
        "--json",
      ),
    );
    expect(json).toMatchObject({ offered_rate: null, response: null, lateness: null });
    expect(json.ok).toBeGreaterThan(100);
    expect(json.connect.count).toBe(4);
  });

  test("a total ends the window early", async () => {
    const { address } = await serving();
    const json = measured(
      await tollgate(
        "load",
        "--target",
        address,
        ...PAYMENT,
        "--warmup",
        "0",
        "--duration",
        "60s",
        "--total",
        "50",
        "--rate",
        "500",
        "--json",
      ),
    );
    expect([json.scheduled, json.ok]).toEqual([50, 50]);
  });

  test("a replayed file is sent as it was recorded", async () => {
    const { address } = await serving();
    const arrivals = file("arrivals.txt", Array.from({ length: 40 }, (_, i) => `${i * 10}ms`).join("\n"));
    const json = measured(
      await tollgate(
        "load",
        "--target",
        address,
        ...PAYMENT,
        "--warmup",
        "0",
        "--arrival",
        `replay:${arrivals}`,
        "--json",
      ),
    );
    expect(json.scheduled).toBe(40);
  });

  test("any unary method of any proto, with data and metadata", async () => {
    const { server } = await serving("--health", "127.0.0.1:0");
    const [, address] = await server.heard(/health on (\S+)/);
    const proto = file(
      "health.proto",
      `syntax = "proto3"; package grpc.health.v1;
       message HealthCheckRequest { string service = 1; }
       message HealthCheckResponse { enum Status { UNKNOWN = 0; SERVING = 1; } Status status = 1; }
       service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse); }`,
    );
    const call = ["load", "--target", address!, "--proto", proto, ...SHORT, "--in-flight", "2"];
    const json = measured(
      await tollgate(
        ...call,
        "--call",
        "grpc.health.v1.Health/Check",
        "--data",
        `{"service": ""}`,
        "--metadata",
        "x-tenant=7",
        "--json",
      ),
    );
    expect(json.ok).toBeGreaterThan(10);
    expect(json.failed).toEqual({});
    const streaming = await tollgate(...call, "--call", "grpc.health.v1.Health/Watch");
    expect([streaming.code, streaming.stderr.split("\n")[0]]).toEqual([2, "tollgate: Watch is a streaming method"]);
  });

  test("text for people, and files for other tools", async () => {
    const { address } = await serving();
    const [hlog, hgrm] = [join(folder, "a.hlog"), join(folder, "a.hgrm")];
    const { stdout } = await tollgate(
      "load",
      "--target",
      address,
      ...PAYMENT,
      ...SHORT,
      "--rate",
      "300",
      "--seed",
      "9",
      "--hlog",
      hlog,
      "--hgrm",
      hgrm,
    );
    expect(stdout).toContain(`${address}  payments.Payments/ProcessPayment\n`);
    expect(stdout).toMatch(/poisson 300\/s for 0\.6 s \(after 0\.2 s of warm-up\), seed 9/);
    expect(stdout).toMatch(/statuses {5}OK \d+\n/);
    expect(readHlog(readFileSync(hlog, "utf8"), hlog).lines.map(({ tag }) => tag)).toContain("ProcessPayment/response");
    expect(readFileSync(hgrm, "utf8")).toMatch(/Percentile TotalCount[\s\S]*#\[Mean/);
  });
});

describe("what goes wrong is counted or named", () => {
  const call = ["load", ...PAYMENT, ...SHORT, "--rate", "100", "--json"];

  test("calls that take longer than their deadline are failures, and void the window", async () => {
    const { address } = await serving("--service-time", "fixed:400ms");
    const { code, stdout } = await tollgate(...call, "--target", address, "--timeout", "50ms");
    const json = JSON.parse(stdout) as LoadJson;
    expect(json.failed.DEADLINE_EXCEEDED).toBeGreaterThan(20);
    expect([json.ok, code]).toEqual([0, 5]);
    expect(json.verdict.reasons.some(({ rule }) => rule === "status")).toBe(true);
  });

  /** Answers every call with an empty message, and tells how many it has answered. */
  async function answering(onAnswered: (calls: number, server: Server) => void): Promise<string> {
    let answered = 0;
    const server = createHttp2Server();
    server.on("stream", (stream) => {
      stream.on("error", () => undefined);
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.alloc(5));
      onAnswered(++answered, server);
    });
    return listening(server);
  }
  const LONG = ["load", ...PAYMENT, "--rate", "100", "--warmup", "0", "--timeout", "300ms"];

  test("a server that dies under load leaves what was measured, the cause, and exit code 5", async () => {
    const address = await answering((calls, server) => {
      if (calls < 40) return;
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const { code, stdout } = await tollgate(...LONG, "--target", address, "--duration", "2s");
    expect(code).toBe(5);
    expect(stdout).toMatch(/statuses {5}OK [1-9]/);
    expect(stdout).toMatch(/note +a lost connection could not be opened again: .*connection refused/);
  });

  test("Ctrl-C ends the window and prints what was measured", async () => {
    let interrupt: () => void = () => undefined;
    const address = await answering((calls) => calls === 40 && interrupt());
    const load = start(...LONG, "--target", address, "--duration", "60s");
    interrupt = () => load.child.kill("SIGINT");
    const { code, stdout } = await load.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/\(60 s asked, cut short\)/);
    expect(stdout).toMatch(/statuses {5}OK [1-9]/);
  });

  test("a peer that accepts calls and never answers ends within the deadline", async () => {
    const silent = createHttp2Server();
    silent.on("stream", (stream) => stream.on("error", () => undefined));
    const { code, stdout, stderr } = await tollgate(...call, "--target", await listening(silent), "--timeout", "200ms");
    expect(`${stdout}${stderr}`).toContain("DEADLINE_EXCEEDED");
    expect([1, 5]).toContain(code);
  });

  const raw = (onSocket: (socket: Socket) => void): Promise<string> => listening(createServer(onSocket));
  const secured = (protocols?: string[]): Promise<string> => {
    const alpn = protocols === undefined ? {} : { ALPNProtocols: protocols };
    return listening(createTlsServer({ cert: certificate.certPem, key: certificate.keyPem, ...alpn }));
  };
  const trusted = ["--cacert", PEM.ca, "--servername", "pay.test"];

  const CASES: [what: string, where: () => Promise<string> | string, flags: string[], lean: string, grpcJs: string][] =
    [
      ["refuses", () => "127.0.0.1:9", [], "connection refused", "connection refused"],
      ["hangs up", () => raw((socket) => socket.end()), [], "it closed the connection", "it closed the connection"],
      ["resets", () => raw((socket) => socket.resetAndDestroy()), [], "the connection", "the connection"],
      [
        "answers garbage",
        () => raw((socket) => socket.write(Buffer.alloc(99, 0xfe))),
        [],
        "protocol error by the peer",
        "it does not answer in HTTP/2",
      ],
      [
        "answers HTTP/1.1",
        () => listening(createHttpServer((_, answer) => answer.end("hello"))),
        [],
        "it answers HTTP/1.1",
        "it does not answer in HTTP/2",
      ],
      [
        "never speaks",
        () => raw(() => undefined),
        [],
        "no HTTP/2 SETTINGS came within 500 ms",
        "no HTTP/2 SETTINGS came within 500 ms",
      ],
      [
        "is certified by nobody we trust",
        () => secured(["h2"]),
        ["--tls", "--servername", "pay.test"],
        "its authority is not trusted",
        "its authority is not trusted",
      ],
      [
        "is certified for another name",
        () => secured(["h2"]),
        ["--cacert", PEM.ca],
        "it is for another name",
        "it is for another name",
      ],
      [
        "speaks no HTTP/2 over TLS",
        () => secured(["http/1.1"]),
        trusted,
        "it does not speak HTTP/2",
        "it does not speak HTTP/2",
      ],
      [
        "negotiates no protocol",
        () => secured(),
        trusted,
        "it negotiated no protocol by ALPN",
        "it negotiated no protocol by ALPN",
      ],
      [
        "speaks no TLS",
        () => listening(createHttpServer()),
        ["--tls"],
        "it does not speak TLS",
        "it does not speak TLS",
      ],
      ["does not exist", () => "nobody.invalid:1", [], "no such host", "no such host"],
    ];

  test.each(CASES)("a target that %s is a fault over both transports", async (_what, where, flags, lean, grpcJs) => {
    const address = await where();
    for (const [transport, words] of [
      ["lean", lean],
      ["grpc-js", grpcJs],
    ] as const) {
      const told = await tollgate(
        ...call,
        "--target",
        address,
        "--transport",
        transport,
        "--connect-timeout",
        "500ms",
        ...flags,
      );
      expect(told.stderr).toContain(`tollgate: cannot reach ${address}: `);
      expect(told.stderr).toContain(words);
      expect([told.code, told.stdout]).toEqual([1, ""]);
    }
  });

  test("a peer without ALPN is taken when told to", async () => {
    const address = await secured();
    const told = await tollgate(
      ...call,
      "--target",
      address,
      "--connect-timeout",
      "500ms",
      "--allow-missing-alpn",
      ...trusted,
    );
    // It is taken for HTTP/2, which it does not speak either.
    expect(told.stderr).toContain("no HTTP/2 SETTINGS came within 500 ms");
  });
});

// Against programs that are not ours, in settings that ordinary runs do not use, and against grpc-js over TLS.
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGrpcJsServer } from "../grpc-js-server.js";
import { grpcJsTransport } from "../grpc-js-transport.js";
import { createLeanServer } from "../lean-server.js";
import { leanTransport } from "../lean-transport.js";
import {
  call,
  callAll,
  cleanups,
  ECHO,
  Ends,
  FAIL,
  freePort,
  LATER,
  open,
  REPORT,
  REPORT_BYTES,
  targetOf,
  TestService,
} from "../loopback.test-helper.js";
import type { Target } from "../transport.js";
import { okAnswer } from "../unary-service.js";
import { ms, seconds } from "../units.js";
import { framed } from "./played-peer.test-helper.js";
import { onlyWhere } from "../../proto/only-where.test-helper.js";

const missing = ["h2load", "nghttpd", "openssl"].filter((program) => spawnSync(program, ["--version"]).error);
const needs = (program: string): ReturnType<typeof onlyWhere> =>
  onlyWhere(!missing.includes(program), `${program} is not installed (Debian: nghttp2, openssl)`);

let folder: string;
let cert: string;
let key: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-interop-"));
  if (missing.includes("openssl")) return;
  spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
    ...["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
  ]);
  cert = await readFile(join(folder, "cert.pem"), "utf8");
  key = await readFile(join(folder, "key.pem"), "utf8");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the lean client calls nghttpd", needs("nghttpd"), () => {
  const ANSWER_BYTES = 70_000;

  test.each([
    ["that pads every frame", ["-b", "255"]],
    ["that takes a kilobyte at a time", ["-w", "10", "-W", "16"]],
    ["that keeps no header tables", ["-c", "0", "--encoder-header-table-size", "0"]],
    ["that keeps large header tables", ["-c", "65536", "--encoder-header-table-size", "65536"]],
    ["that serves two streams at a time", ["-m", "2"]],
  ])("%s", async (_, options) => {
    await writeFile(join(folder, "mime.types"), "application/grpc grpc\n");
    await mkdir(join(folder, "a.B"), { recursive: true });
    await writeFile(join(folder, "a.B", "C.grpc"), framed(Buffer.alloc(ANSWER_BYTES, "x")));
    const mime = ["--mime-types-file", join(folder, "mime.types"), "--trailer", "grpc-status: 0"];
    const target = await nghttpd([...options, ...mime]);
    const calls = Array.from({ length: 60 }, (_, i) =>
      call("/a.B/C.grpc", "m".repeat((i * 997) % 20_000), seconds(60)),
    );
    const ends = await callAll(target, calls);
    expect(ends.map(({ status, message }) => `${status} ${message.length}`)).toEqual(
      calls.map(() => `OK ${ANSWER_BYTES}`),
    );
  });

  test("whose answers are none of gRPC: their HTTP status decides", async () => {
    await writeFile(join(folder, "index.html"), "<html></html>");
    const ends = await callAll(await nghttpd([]), [call("/index.html"), call("/missing.html")]);
    expect(ends.map(({ status }) => status)).toEqual(["UNKNOWN", "UNIMPLEMENTED"]);
  });
});

describe("h2load calls the lean server", needs("h2load"), () => {
  test.each([
    ["through windows of a kilobyte", 200, ["-c", "2", "-m", "10", "-w", "10", "-W", "16"]],
    ["through its largest windows and frames", 200, ["-c", "2", "-m", "10", "-w", "30", "-W", "30", "-f", "1000000"]],
    [
      "without header tables",
      2000,
      ["-c", "2", "-m", "10", "--header-table-size", "0", "--encoder-header-table-size", "0"],
    ],
    [
      "with large header tables",
      2000,
      ["-c", "2", "-m", "10", "--header-table-size", "64K", "--encoder-header-table-size", "64K"],
    ],
    ["over many connections", 5000, ["-c", "100", "-m", "20"]],
  ])("%s", async (_, requests, options) => {
    const server = createLeanServer(new TestService());
    const address = await server.listen({ host: "127.0.0.1", port: 0, tls: null });
    cleanups.push(() => server.drain(ms(10)));
    const body = join(folder, "request.bin");
    await writeFile(body, framed(Buffer.from("a request")));
    const output = await outputOf("h2load", [
      ...["-n", String(requests), ...options, "-d", body],
      ...["-H", "content-type: application/grpc", "-H", "te: trailers"],
      `http://${address}${requests < 1000 ? REPORT : ECHO}`,
    ]);
    expect(output).toContain(`${requests} succeeded, 0 failed, 0 errored, 0 timeout`);
    const { calls } = server.counters()[address]!;
    expect(calls["Report"]! + calls["Echo"]!).toBe(requests);
  });
});

describe("over TLS", needs("openssl"), () => {
  const pairs = [
    ["lean", "lean", leanTransport, createLeanServer],
    ["lean", "grpc-js", leanTransport, createGrpcJsServer],
    ["grpc-js", "lean", grpcJsTransport, createLeanServer],
  ] as const;

  test.each(pairs)(
    "%s calls %s: small and large, good and bad, and through the end of it",
    async (_c, _s, transport, make) => {
      const service = new TestService();
      const server = make(service);
      const address = await server.listen({ host: "127.0.0.1", port: 0, tls: { cert, key, ca: null } });
      cleanups.push(() => server.drain(ms(10)));
      const tls = { ca: cert, cert: null, key: null, servername: "localhost", allowMissingAlpn: false };
      const ends = new Ends();
      const connection = await open(targetOf(address, { tls }), ends, transport);
      expect(connection.facts.tls).toMatchObject({ version: "TLSv1.3", alpn: "h2" });
      const large = "m".repeat(2_000_000);
      for (const [tag, one] of [call(ECHO), call(FAIL), call(REPORT), call(ECHO, large), call(LATER)].entries()) {
        connection.start(one, tag);
      }
      connection.flush();
      await ends.until(4);
      const drained = server.drain(seconds(20));
      service.waiting[0]!(okAnswer(Buffer.from("late")));
      const byTag = [...(await ends.until(5))].sort((a, b) => a.tag - b.tag);
      expect(byTag.map(({ status }) => status)).toEqual(["OK", "NOT_FOUND", "OK", "OK", "OK"]);
      expect(byTag[2]!.message.length).toBe(REPORT_BYTES);
      expect(byTag[3]!.message === large).toBe(true);
      expect(byTag[4]!.message).toBe("late");
      await connection.close();
      await drained;
      expect(server.counters()[address]).toMatchObject({ handshakes: 1, calls: { Echo: 2, Later: 1 } });
    },
  );
});

/** Serves the folder until the test is over. */
async function nghttpd(options: readonly string[]): Promise<Target> {
  const port = await freePort();
  const child = spawn("nghttpd", ["-d", folder, "-a", "127.0.0.1", "--no-tls", ...options, String(port)]);
  cleanups.push(() => child.kill());
  await expect.poll(() => isListening(port), { timeout: 10_000 }).toBe(true);
  return targetOf(`127.0.0.1:${port}`);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function outputOf(program: string, parameters: readonly string[]): Promise<string> {
  const child = spawn(program, parameters);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(child, "close");
  return output;
}

/**
 * The lean transport over TLS, against servers of every kind. It stands here, and not beside lean-transport.ts, because
 * the certificates are made in bench/lab.
 */
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { Fault } from "../loadgen/fault.js";
import { PlayedPeer } from "../loadgen/http2/played-peer.test-helper.js";
import { createLeanServer } from "../loadgen/lean-server.js";
import { leanTransport } from "../loadgen/lean-transport.js";
import type { CallListener, Target, TlsTarget } from "../loadgen/transport.js";
import { okAnswer, type ServerTls, type UnaryServer } from "../loadgen/unary-service.js";
import { ms, seconds } from "../loadgen/units.js";
import { issueCertificate, makeAuthority } from "./certificates.js";

const authority = makeAuthority("tollgate test");
const stranger = makeAuthority("somebody else");
const certificate = issueCertificate({ authority, cn: "payments.test", sans: ["payments.test", "127.0.0.1"] });
const serverTls: ServerTls = { cert: certificate.certPem, key: certificate.keyPem, ca: null };

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const PATH = "/test.Test/Echo";

async function serve(tls: ServerTls | null): Promise<{ server: UnaryServer; address: string }> {
  const server = createLeanServer({
    methods: new Map([
      [PATH, { name: "Echo", handle: (request, start, end) => okAnswer(Buffer.from(request.subarray(start, end))) }],
    ]),
  });
  const address = await server.listen({ host: "127.0.0.1", port: 0, tls });
  cleanups.push(() => server.drain(ms(10)));
  return { server, address };
}

/** A TLS server that says SETTINGS, whatever was negotiated. */
async function serveRaw(options: TlsOptions, onSocket: (socket: TLSSocket) => void = () => {}): Promise<string> {
  const server = createTlsServer({ ...serverTls, ca: undefined, ...options }, (socket) => {
    onSocket(socket);
    socket.on("error", () => undefined);
    socket.write(new PlayedPeer().settings());
  });
  server.on("tlsClientError", (_error: Error, socket: TLSSocket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function targetOf(address: string, tls: Partial<TlsTarget> = {}): Target {
  return {
    host: "127.0.0.1",
    port: Number(address.split(":")[1]),
    localAddress: null,
    authority: "payments.test",
    tls: {
      ca: authority.certPem,
      cert: null,
      key: null,
      servername: "payments.test",
      allowMissingAlpn: false,
      ...tls,
    },
    connectTimeoutNs: seconds(5),
    literalHeaders: false,
  };
}

const DEAF: CallListener = { onSent() {}, onEnded() {}, onCapacity() {}, onClosed() {} };

async function open(target: Target, listener: CallListener = DEAF) {
  const connection = await leanTransport.connect(target, listener);
  cleanups.push(() => connection.close());
  return connection;
}

async function factOf(target: Target): Promise<string> {
  const error: unknown = await open(target).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Fault);
  return (error as Fault).text.fact;
}

test("calls are answered, and both sides count one handshake", async () => {
  const { server, address } = await serve(serverTls);
  const sizes: number[] = [];
  const ended = new Promise<void>((resolve) => {
    void open(targetOf(address), {
      ...DEAF,
      onEnded: (_tag, status, _at, bytes) => {
        expect(status).toBe(0);
        if (sizes.push(bytes) === 3) resolve();
      },
    }).then((connection) => {
      expect(connection.facts.tls).toMatchObject({ version: "TLSv1.3", alpn: "h2", resumed: false });
      expect(connection.facts.tls?.cipher).toMatch(/^TLS_/);
      expect(connection.facts.tls?.handshakeNs).toBeGreaterThan(0);
      for (const [tag, bytes] of [10, 0, 100_000].entries()) {
        connection.start({ path: PATH, message: Buffer.alloc(bytes), timeoutNs: null, metadata: [] }, tag);
      }
      connection.flush();
    });
  });
  await ended;
  expect(sizes.sort((a, b) => a - b)).toEqual([0, 10, 100_000]);
  expect(server.counters()[address]).toEqual({ calls: { Echo: 3, "(unknown)": 0 }, connections: 1, handshakes: 1 });
});

test("TLS 1.2 is spoken with a server that knows no other", async () => {
  const address = await serveRaw({ maxVersion: "TLSv1.2", ALPNProtocols: ["h2"] });
  const connection = await open(targetOf(address));
  expect(connection.facts.tls?.version).toBe("TLSv1.2");
});

test("a certificate is checked against an address as well as a name", async () => {
  const { address } = await serve(serverTls);
  await open(targetOf(address, { servername: "127.0.0.1" }));
  expect(await factOf(targetOf(address, { servername: "127.0.0.9" }))).toMatch(
    /its certificate is not accepted: it is for another name$/,
  );
});

test("a wrong certificate is named as what it is", async () => {
  const expired = issueCertificate({
    authority,
    cn: "payments.test",
    sans: ["payments.test"],
    now: new Date("2020-02-02T00:00:00Z"),
  });
  const foreign = issueCertificate({ authority: stranger, cn: "payments.test", sans: ["payments.test"] });
  const cases: [tls: ServerTls, target: Partial<TlsTarget>, cause: RegExp][] = [
    [serverTls, { servername: "refunds.test" }, /it is for another name$/],
    [serverTls, { ca: stranger.certPem }, /its authority is not trusted$/],
    [{ cert: foreign.certPem, key: foreign.keyPem, ca: null }, {}, /its authority is not trusted$/],
    [{ cert: expired.certPem, key: expired.keyPem, ca: null }, {}, /it has expired$/],
  ];
  for (const [tls, target, cause] of cases) {
    const { address } = await serve(tls);
    expect(await factOf(targetOf(address, target))).toMatch(cause);
  }
});

test("a server that wants a client certificate refuses who has none", async () => {
  const { address } = await serve({ ...serverTls, ca: authority.certPem });
  expect(await factOf(targetOf(address))).toMatch(/it refused the TLS handshake$/);
});

test("the client presents its certificate to who asks for it", async () => {
  const seen: string[] = [];
  // Whether it will do is the server's affair: the lab's certificates are for servers.
  const options: TlsOptions = { ALPNProtocols: ["h2"], requestCert: true, rejectUnauthorized: false };
  const address = await serveRaw(options, (socket) => seen.push(String(socket.getPeerCertificate().subject.CN)));
  const client = issueCertificate({ authority, cn: "the client", sans: ["client.test"] });
  await open(targetOf(address, { cert: client.certPem, key: client.keyPem }));
  expect(seen).toEqual(["the client"]);
});

test("a server without ALPN is taken when that is allowed, and refused by its name otherwise", async () => {
  const address = await serveRaw({});
  expect(await factOf(targetOf(address))).toMatch(/it negotiated no protocol by ALPN$/);
  const connection = await open(targetOf(address, { allowMissingAlpn: true }));
  expect(connection.facts.tls?.alpn).toBeNull();
});

test("a server that speaks HTTP/1.1 alone is never taken", async () => {
  const address = await serveRaw({ ALPNProtocols: ["http/1.1"] });
  expect(await factOf(targetOf(address, { allowMissingAlpn: true }))).toMatch(/ALPN h2/);
});

test("TLS with a server that has none, and none with one that has, are told apart", async () => {
  const { address: plain } = await serve(null);
  expect(await factOf(targetOf(plain))).toMatch(/it does not speak TLS$/);
  const { address: secured } = await serve(serverTls);
  expect(await factOf({ ...targetOf(secured), tls: null })).toMatch(/it speaks TLS$|it closed the connection$/);
});

test("a handshake that never ends is given up in time", async () => {
  const server = createTcpServer((socket) => cleanups.push(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await factOf({ ...targetOf(address), connectTimeoutNs: ms(100) })).toMatch(
    /the TLS handshake was not finished within 100 ms$/,
  );
});

test("a key that does not belong to its certificate is refused before anybody listens", async () => {
  const other = issueCertificate({ authority, cn: "x", sans: ["x"] });
  await expect(serve({ ...serverTls, key: other.keyPem })).rejects.toThrow("cannot be used");
});

/**
 * The lean client and the lean server with a real Envoy between them: Envoy is the server of one and the client of the
 * other, in plaintext and with TLS on either hop. No roads, no redirection: nothing but the protocol.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { now } from "../loadgen/clock.js";
import { createLeanServer } from "../loadgen/lean-server.js";
import {
  call,
  callAll,
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
} from "../loadgen/loopback.test-helper.js";
import type { Target, TlsTarget } from "../loadgen/transport.js";
import { okAnswer, type UnaryServer } from "../loadgen/unary-service.js";
import { ms } from "../loadgen/units.js";
import { issueCertificate, makeAuthority } from "./certificates.js";
import { EnvoyAdmin } from "./lab/envoy-admin.js";
import { provisionEnvoy } from "./lab/envoy-provision.js";
import { runCommand } from "./shell.js";

const NAME = "payments.test";
const HOPS = ["h2c", "TLS"] as const;
type Hop = (typeof HOPS)[number];

const authority = makeAuthority("interop");
const certificate = issueCertificate({ authority, cn: NAME, sans: [NAME] });
const clientTls: TlsTarget = {
  ca: authority.certPem,
  cert: null,
  key: null,
  servername: NAME,
  allowMissingAlpn: false,
};

let folder: string;
let envoy: ChildProcess;
let admin: EnvoyAdmin;
let service: TestService;
/** By hop towards the server. */
const servers = new Map<Hop, { readonly server: UnaryServer; readonly address: string }>();
/** Ports of Envoy, by name of the listener. */
const ports = new Map<string, number>();

const listenerName = (client: Hop, server: Hop): string => `${client}-${server}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-envoy-"));
  service = new TestService();
  for (const hop of HOPS) {
    const server = createLeanServer(service);
    const tls = hop === "TLS" ? { cert: certificate.certPem, key: certificate.keyPem, ca: null } : null;
    servers.set(hop, { server, address: await server.listen({ host: "127.0.0.1", port: 0, tls }) });
  }
  for (const client of HOPS) for (const server of HOPS) ports.set(listenerName(client, server), await freePort());
  ports.set("short-lived", await freePort());
  ports.set("nobody", await freePort());
  await writeFile(join(folder, "envoy.json"), JSON.stringify(bootstrap()));
  const io = { env: process.env, run: runCommand, arch: process.arch, say: () => undefined };
  const { path } = await provisionEnvoy(null, io);
  const words = ["--config-path", join(folder, "envoy.json"), "--disable-hot-restart", "--concurrency", "1"];
  envoy = spawn(path, [...words, "--log-level", "error"], { stdio: "ignore" });
  admin = new EnvoyAdmin(join(folder, "admin.sock"));
  await vi.waitFor(async () => expect(await admin.isLive()).toBe(true), { timeout: 10_000, interval: 20 });
}, 120_000);
afterAll(async () => {
  admin.close();
  envoy.kill("SIGKILL");
  for (const { server } of servers.values()) await server.drain(ms(10));
  await rm(folder, { recursive: true });
});
beforeEach(() => void service.waiting.splice(0));

describe.each(HOPS.flatMap((client) => HOPS.map((server) => [client, server] as const)))(
  "the lean client over %s to Envoy, Envoy over %s to the lean server",
  (client, server) => {
    const name = listenerName(client, server);

    test("answers of every size and status come back as they were given", async () => {
      const before = await counted(name);
      const large = "m".repeat(2_000_000);
      const calls = [
        call(ECHO),
        call(FAIL),
        call(REPORT),
        call(ECHO, large),
        call("/test.Test/Nothing"),
        call(ECHO, ""),
      ];
      const ends = await callAll(through(name), calls);
      expect(ends.map(({ status }) => status)).toEqual(["OK", "NOT_FOUND", "OK", "OK", "UNIMPLEMENTED", "OK"]);
      expect(ends[1]!.detail).toBe("nothing like “that” here");
      expect(ends[2]!.message.length).toBe(REPORT_BYTES);
      expect(ends[3]!.message === large).toBe(true);
      const after = await counted(name);
      expect(after.requests - before.requests).toBe(calls.length);
      expect(after.protocolErrors).toBe(0);
    });

    test("hundreds of calls, three at a time, are all answered and counted the same by all three", async () => {
      const before = await counted(name);
      const served = callsOf(server);
      const messages = Array.from({ length: 300 }, (_, i) => `${i}-`.repeat(1 + ((i * 37) % 500)));
      const ends = await callAll(
        through(name),
        messages.map((message) => call(ECHO, message)),
      );
      expect(ends.map(({ message }) => message)).toEqual(messages);
      expect((await counted(name)).requests - before.requests).toBe(300);
      expect(callsOf(server) - served).toBe(300);
    });

    test("a deadline that passes ends the call and resets the stream, and the connection goes on", async () => {
      const ends = new Ends();
      const connection = await open(through(name), ends);
      connection.start(call(LATER, "hello", ms(80)), 0);
      connection.flush();
      await expect.poll(() => (connection.expire(now()), ends.ended.length), { timeout: 5_000 }).toBe(1);
      expect(ends.ended[0]!.status).toBe("DEADLINE_EXCEEDED");
      connection.start(call(ECHO), 1);
      connection.flush();
      expect((await ends.until(2))[1]).toMatchObject({ tag: 1, status: "OK", message: "hello" });
      expect((await counted(name)).protocolErrors).toBe(0);
    });
  },
);

test("TLS is negotiated as asked, and both sides agree on h2", async () => {
  const connection = await open(through(listenerName("TLS", "TLS")), new Ends());
  expect(connection.facts.tls).toMatchObject({ version: "TLSv1.3", alpn: "h2" });
});

test("an Envoy whose server is not there answers UNAVAILABLE in trailers alone", async () => {
  const [end] = await callAll(through("nobody"), [call(ECHO)]);
  expect(end).toMatchObject({ status: "UNAVAILABLE", detail: expect.stringContaining("upstream connect error") });
});

test("an Envoy that says GOAWAY has the calls that run answered before the connection ends", async () => {
  const ends = new Ends();
  const connection = await open(through("short-lived"), ends);
  for (let tag = 0; tag < 2; tag++) connection.start(call(ECHO, `${tag}`), tag);
  connection.flush();
  expect((await ends.until(2)).map(({ status }) => status)).toEqual(["OK", "OK"]);
  await expect.poll(() => ends.closed, { timeout: 10_000 }).toContain("GOAWAY");
  expect(connection.counters).toMatchObject({ protocolErrors: 0 });
  expect(connection.counters.goaways).toBeGreaterThan(0);
});

// Last: there is no Envoy afterwards.
test("an Envoy that dies ends what was on its way with UNAVAILABLE", async () => {
  const ends = new Ends();
  const connection = await open(through(listenerName("h2c", "h2c")), ends);
  connection.start(call(LATER), 0);
  connection.flush();
  await expect.poll(() => service.waiting.length).toBe(1);
  envoy.kill("SIGKILL");
  expect((await ends.until(1))[0]).toMatchObject({ status: "UNAVAILABLE" });
  service.waiting[0]!(okAnswer(Buffer.from("too late")));
});

function through(name: string): Target {
  return targetOf(`:${ports.get(name)}`, { authority: NAME, tls: name.startsWith("TLS") ? clientTls : null });
}

async function counted(name: string): Promise<{ readonly requests: number; readonly protocolErrors: number }> {
  const errors = "(http2|cluster\\..*\\.http2)\\.(rx_messaging_error|tx_reset|header_overflow|.*flood)";
  const all = await admin.counters(`http\\.${name}\\.downstream_rq_total|${errors}`);
  const requests = all.get(`http.${name}.downstream_rq_total`) ?? 0;
  const protocolErrors = [...all].reduce(
    (sum, [key, value]) => (/messaging_error|overflow|flood/.test(key) ? sum + value : sum),
    0,
  );
  return { requests, protocolErrors };
}

function callsOf(hop: Hop): number {
  const { server, address } = servers.get(hop)!;
  return server.counters()[address]?.calls["Echo"] ?? 0;
}

/** Small windows and few streams, so that both sides have to keep to them. */
const HTTP2 = {
  max_concurrent_streams: 3,
  initial_stream_window_size: 65_535,
  initial_connection_window_size: 65_535,
};

function bootstrap(): object {
  return {
    admin: { address: { pipe: { path: join(folder, "admin.sock"), mode: 0o600 } } },
    static_resources: {
      listeners: [
        ...HOPS.flatMap((client) => HOPS.map((server) => listener(listenerName(client, server), client, server))),
        listener("short-lived", "h2c", "h2c", { common_http_protocol_options: { max_requests_per_connection: 2 } }),
        listener("nobody", "h2c", "nobody"),
      ],
      clusters: [
        ...HOPS.map((hop) => cluster(hop, Number(servers.get(hop)!.address.split(":").at(-1)))),
        cluster("nobody", 1),
      ],
    },
  };
}

function listener(name: string, client: Hop, to: string, more: object = {}): object {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: name,
    codec_type: "HTTP2",
    http2_protocol_options: HTTP2,
    route_config: {
      virtual_hosts: [
        { name, domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: to, timeout: "0s" } }] },
      ],
    },
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
    ...more,
  };
  const tls = {
    tls_certificates: [{ certificate_chain: inline(certificate.certPem), private_key: inline(certificate.keyPem) }],
  };
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: ports.get(name) } },
    filter_chains: [
      {
        filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }],
        ...(client === "TLS" ? { transport_socket: tlsSocket("Downstream", tls) } : {}),
      },
    ],
  };
}

function cluster(name: string, port: number): object {
  const trusted = { validation_context: { trusted_ca: inline(authority.certPem) } };
  return {
    name,
    connect_timeout: "2s",
    type: "STATIC",
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }] },
      ],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: HTTP2 },
        common_http_protocol_options: { max_requests_per_connection: 100 },
      },
    },
    ...(name === "TLS" ? { transport_socket: tlsSocket("Upstream", trusted, { sni: NAME }) } : {}),
  };
}

function tlsSocket(side: "Downstream" | "Upstream", context: object, more: object = {}): object {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${side}TlsContext`,
      common_tls_context: { alpn_protocols: ["h2"], ...context },
      ...more,
    },
  };
}

function inline(pem: string): object {
  return { inline_string: pem };
}

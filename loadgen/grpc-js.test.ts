import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { now } from "./clock.js";
import { Fault, renderFault } from "./fault.js";
import { createGrpcJsServer } from "./grpc-js-server.js";
import { grpcJsTransport } from "./grpc-js-transport.js";
import { GRPC_STATUS, statusName } from "./grpc/status.js";
import type { CallListener, Connection, PreparedCall, Target } from "./transport.js";
import { errorAnswer, okAnswer, type Outcome, type UnaryServer, type UnaryService } from "./unary-service.js";
import { ms, seconds } from "./units.js";

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function target(address: string, changes: Partial<Target> = {}): Target {
  const [host, port] = address.split(":");
  return {
    host: host!,
    port: Number(port),
    localAddress: null,
    authority: "payments.test",
    tls: null,
    connectTimeoutNs: seconds(5),
    literalHeaders: false,
    ...changes,
  };
}

/** Echo answers its request; the others end as their names say. */
function service(later: Promise<Outcome> = new Promise(() => undefined)): UnaryService {
  const answer = (outcome: Outcome) => ({ name: "x", handle: () => outcome });
  return {
    methods: new Map([
      ["/t.T/Echo", { name: "Echo", handle: (bytes, start, end) => okAnswer(Buffer.from(bytes.subarray(start, end))) }],
      ["/t.T/Deny", { ...answer(errorAnswer(GRPC_STATUS.PERMISSION_DENIED, "not for you")), name: "Deny" }],
      ["/t.T/Silent", { ...answer({ kind: "silence" }), name: "Silent" }],
      ["/t.T/Reset", { ...answer({ kind: "reset", code: 2 }), name: "Reset" }],
      [
        "/t.T/Later",
        {
          name: "Later",
          handle: (_bytes, _start, _end, call) => {
            const complete = call.defer();
            void later.then(complete);
            return null;
          },
        },
      ],
    ]),
  };
}

async function serve(host = "127.0.0.1", served = service()): Promise<{ address: string; server: UnaryServer }> {
  const server = createGrpcJsServer(served);
  cleanups.push(() => server.drain(ms(1)));
  return { address: await server.listen({ host, port: 0, tls: null }), server };
}

async function rawServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: TcpServer = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Notes what a connection says, and lets a test wait for it. */
class Notes implements CallListener {
  readonly lines: string[] = [];
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  onSent(tag: number): void {
    this.#note(`sent ${tag}`);
  }
  onEnded(tag: number, status: number, _at: number, bytes: number): void {
    this.#note(`ended ${tag} ${statusName(status)} ${bytes}`);
  }
  onCapacity(): void {
    this.#note("capacity");
  }
  onClosed(reason: string): void {
    this.#note(`closed: ${reason}`);
  }
  onMessage(tag: number, message: Buffer): void {
    this.#note(`message ${tag} ${message.toString()}`);
  }
  onFailure(tag: number, status: number, detail: string): void {
    this.#note(`failure ${tag} ${statusName(status)} ${detail}`);
  }

  until(count: number): Promise<void> {
    if (this.lines.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #note(line: string): void {
    this.lines.push(line);
    for (const { count, resolve } of this.#waiting) if (this.lines.length >= count) resolve();
  }
}

function call(method: string, message = "", timeoutNs: PreparedCall["timeoutNs"] = null): PreparedCall {
  return { path: `/t.T/${method}`, message: Buffer.from(message), timeoutNs, metadata: [] };
}

async function connected(address: string, notes: Notes, changes: Partial<Target> = {}): Promise<Connection> {
  const connection = await grpcJsTransport.connect(target(address, changes), notes);
  cleanups.push(() => connection.close());
  return connection;
}

async function faultOf(address: string, changes: Partial<Target> = {}): Promise<string> {
  const error: unknown = await grpcJsTransport.connect(target(address, changes), new Notes()).catch((e: unknown) => e);
  return error instanceof Fault ? renderFault(error).replace(/:\d{4,5}/g, ":PORT") : "no fault";
}

test("a call is sent by flush, not before, and its answer comes with its message", async () => {
  const { address } = await serve();
  const notes = new Notes();
  const connection = await connected(address, notes);
  connection.start(call("Echo", "hello"), 7);
  expect(notes.lines).toEqual([]);
  connection.flush();
  await notes.until(3);
  expect(notes.lines).toEqual(["sent 7", "message 7 hello", "ended 7 OK 5"]);
  expect(connection.counters.calls).toBe(1);
});

test("a refusal carries status and detail", async () => {
  const { address } = await serve();
  const notes = new Notes();
  const connection = await connected(address, notes);
  connection.start(call("Deny"), 1);
  connection.flush();
  await notes.until(3);
  expect(notes.lines).toEqual(["sent 1", "failure 1 PERMISSION_DENIED not for you", "ended 1 PERMISSION_DENIED 0"]);
});

test("a method nobody serves is UNIMPLEMENTED, and one that must break frames says who can", async () => {
  const { address } = await serve();
  const notes = new Notes();
  const connection = await connected(address, notes);
  connection.start(call("Nothing"), 1);
  connection.flush();
  await notes.until(3);
  connection.start(call("Reset"), 2);
  connection.flush();
  await notes.until(6);
  expect(notes.lines[2]).toBe("ended 1 UNIMPLEMENTED 0");
  expect(notes.lines[4]).toContain('the grpc-js server cannot do "reset" to one call; the lean server can');
});

test("a call without an answer ends at its deadline", async () => {
  const { address } = await serve();
  const notes = new Notes();
  const connection = await connected(address, notes);
  connection.start(call("Silent", "", ms(30)), 3);
  connection.flush();
  await notes.until(3);
  expect(notes.lines.at(-1)).toBe("ended 3 DEADLINE_EXCEEDED 0");
});

test("an answer may come later, after others", async () => {
  let complete: (outcome: Outcome) => void = () => undefined;
  const later = new Promise<Outcome>((resolve) => (complete = resolve));
  const { address } = await serve("127.0.0.1", service(later));
  const notes = new Notes();
  const connection = await connected(address, notes);
  connection.start(call("Later"), 0);
  connection.start(call("Echo", "a"), 1);
  connection.flush();
  await notes.until(4);
  complete(okAnswer(Buffer.from("late")));
  await notes.until(6);
  expect(notes.lines).toEqual(["sent 0", "sent 1", "message 1 a", "ended 1 OK 1", "message 0 late", "ended 0 OK 4"]);
});

test("closing cancels what is in flight or queued, and says nothing of a lost connection", async () => {
  const { address } = await serve();
  const notes = new Notes();
  const connection = await connected(address, notes);
  connection.start(call("Silent"), 0);
  connection.flush();
  connection.start(call("Silent"), 1);
  await connection.close();
  expect(notes.lines).toEqual([
    "sent 0",
    "ended 1 CANCELLED 0",
    "failure 0 CANCELLED Cancelled on client",
    "ended 0 CANCELLED 0",
  ]);
  expect(connection.freeStreams).toBe(0);
});

test("a lost connection ends its calls with UNAVAILABLE before it is told", async () => {
  const { address, server } = await serve();
  const notes = new Notes();
  const connection = await connected(address, notes);
  connection.start(call("Silent"), 0);
  connection.flush();
  // The drain's grace of 1 ns cuts the socket under the call.
  await server.drain(ms(0));
  await notes.until(4);
  expect(notes.lines.slice(-2)).toEqual([
    "ended 0 UNAVAILABLE 0",
    "closed: the server closed the connection or sent GOAWAY",
  ]);
  expect(connection.freeStreams).toBe(0);
  expect(connection.counters.goaways).toBe(1);
});

test("the server counts calls and connections where they arrived, also behind 0.0.0.0", async () => {
  const { address, server } = await serve("0.0.0.0");
  const port = address.split(":")[1]!;
  const notes = new Notes();
  const one = await connected(`127.0.0.1:${port}`, notes);
  const two = await connected(`127.0.0.2:${port}`, notes);
  one.start(call("Echo"), 0);
  two.start(call("Echo"), 1);
  two.start(call("Deny"), 2);
  for (const connection of [one, two]) connection.flush();
  await notes.until(9);
  expect(server.counters()[`127.0.0.1:${port}`]).toMatchObject({ calls: { Echo: 1, Deny: 0 }, connections: 1 });
  expect(server.counters()[`127.0.0.2:${port}`]).toMatchObject({ calls: { Echo: 1, Deny: 1 }, connections: 1 });
});

test("each connection is a socket of its own, from the local address it was given", async () => {
  const { address, server } = await serve();
  const notes = new Notes();
  const one = await connected(address, notes, { localAddress: "127.0.0.9" });
  const two = await connected(address, notes, { localAddress: "127.0.0.9" });
  expect([one.facts.localAddress, two.facts.localAddress]).toEqual(["127.0.0.9", "127.0.0.9"]);
  expect(one.facts.localPort).not.toBe(two.facts.localPort);
  expect(one.facts.connectNs).toBeGreaterThan(0);
  expect(server.counters()[address]?.connections).toBe(2);
});

test("a proxy of the environment is not taken", async () => {
  process.env["grpc_proxy"] = "http://127.0.0.1:9";
  cleanups.push(() => void delete process.env["grpc_proxy"]);
  const { address } = await serve();
  await expect(connected(address, new Notes())).resolves.toBeDefined();
});

test("a refused connection names its cause at once", async () => {
  expect(await faultOf("127.0.0.1:9")).toMatch(/: connection refused\n/);
});

test("a peer that never speaks is given up at the connect timeout", async () => {
  const address = await rawServer(() => undefined);
  const startedAt = now();
  expect(await faultOf(address, { connectTimeoutNs: ms(80) })).toBe(
    [
      "tollgate: cannot reach 127.0.0.1:PORT: no HTTP/2 SETTINGS came within 80 ms",
      "  expected  a gRPC server over HTTP/2, plaintext",
    ].join("\n"),
  );
  expect(now() - startedAt).toBeGreaterThanOrEqual(70e6);
});

test("peers that hang up, talk HTTP/1.1 or talk garbage are refused with a reason", async () => {
  const hangingUp = await rawServer((socket) => socket.destroy());
  const http1 = await rawServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const garbage = await rawServer((socket) => socket.write(Buffer.alloc(64, 0xff)));
  expect(await faultOf(hangingUp)).toMatch(/: it (closed|reset) the connection/);
  expect(await faultOf(http1)).toContain(": it does not answer in HTTP/2");
  expect(await faultOf(garbage)).toContain(": it does not answer in HTTP/2");
});

/**
 * Clients, servers and peers on loopback that are gone when their test is over.
 */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, expect } from "vitest";
import { statusName } from "./grpc/status.js";
import { createLeanServer } from "./lean-server.js";
import { leanTransport } from "./lean-transport.js";
import type { CallListener, Connection, PreparedCall, Target, Transport } from "./transport.js";
import {
  errorAnswer,
  okAnswer,
  type Outcome,
  type UnaryMethod,
  type UnaryServer,
  type UnaryService,
} from "./unary-service.js";
import { ms, seconds, type Nanoseconds } from "./units.js";

/** Done after the test, the last first. */
export const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

export const ECHO = "/test.Test/Echo";
export const FAIL = "/test.Test/Fail";
export const LATER = "/test.Test/Later";
export const REPORT = "/test.Test/Report";
export const REPORT_BYTES = 300_000;

export class TestService implements UnaryService {
  readonly waiting: ((outcome: Outcome) => void)[] = [];
  readonly methods = new Map<string, UnaryMethod>([
    [ECHO, { name: "Echo", handle: (request, start, end) => okAnswer(Buffer.from(request.subarray(start, end))) }],
    [FAIL, { name: "Fail", handle: () => errorAnswer(5, "nothing like “that” here") }],
    [LATER, { name: "Later", handle: (_request, _start, _end, call) => (this.waiting.push(call.defer()), null) }],
    [REPORT, { name: "Report", handle: () => okAnswer(Buffer.alloc(REPORT_BYTES, "r")) }],
  ]);
}

export interface Ended {
  readonly tag: number;
  readonly status: string;
  readonly message: string;
  readonly detail: string;
}

/** Waits for the ends of calls. */
export class Ends implements CallListener {
  readonly ended: Ended[] = [];
  readonly sent: number[] = [];
  closed: string | null = null;
  private message = "";
  private detail = "";
  private waiting: { count: number; resolve: () => void } | null = null;

  onSent(tag: number): void {
    this.sent.push(tag);
  }

  onMessage(_tag: number, message: Buffer): void {
    this.message = message.toString("latin1");
  }

  onFailure(_tag: number, _status: number, detail: string): void {
    this.detail = detail;
  }

  onEnded(tag: number, status: number, _at: Nanoseconds, bytes: number): void {
    if (status === 0) expect([this.sent.includes(tag), bytes]).toEqual([true, this.message.length]);
    this.ended.push({ tag, status: statusName(status), message: this.message, detail: this.detail });
    this.message = this.detail = "";
    if (this.waiting !== null && this.ended.length >= this.waiting.count) this.waiting.resolve();
  }

  onCapacity(): void {}

  onClosed(reason: string): void {
    this.closed = reason;
    this.waiting?.resolve();
  }

  async until(count: number): Promise<Ended[]> {
    if (this.ended.length < count) await new Promise<void>((resolve) => (this.waiting = { count, resolve }));
    return this.ended;
  }
}

export function targetOf(address: string, changes: Partial<Target> = {}): Target {
  const port = Number(address.split(":").at(-1));
  return {
    host: "127.0.0.1",
    port,
    localAddress: null,
    authority: "payments.test",
    tls: null,
    connectTimeoutNs: seconds(5),
    literalHeaders: false,
    ...changes,
  };
}

export function call(path: string, message = "hello", timeoutNs: Nanoseconds | null = seconds(10)): PreparedCall {
  return { path, message: Buffer.from(message), timeoutNs, metadata: [["x-test", "1"]] };
}

export async function serve(
  make = createLeanServer,
): Promise<{ server: UnaryServer; service: TestService; address: string }> {
  const service = new TestService();
  const server = make(service);
  const address = await server.listen({ host: "127.0.0.1", port: 0, tls: null });
  cleanups.push(() => server.drain(ms(10)));
  return { server, service, address };
}

export async function open(
  target: Target,
  listener: CallListener,
  transport: Transport = leanTransport,
): Promise<Connection> {
  const connection = await transport.connect(target, listener);
  cleanups.push(() => connection.close());
  return connection;
}

/** A TCP server that does as it is told with each connection. */
export async function peer(onSocket: (socket: Socket) => void): Promise<Target> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return targetOf(`:${(server.address() as AddressInfo).port}`);
}

/** All calls, as many at a time as the peer allows; how they ended, in the order of their start. */
export async function callAll(target: Target, calls: readonly PreparedCall[]): Promise<Ended[]> {
  const ends = new Ends();
  const queue = [...calls.entries()];
  let connection: Connection | null = null;
  ends.onCapacity = () => {
    while (connection !== null && queue.length > 0 && connection.freeStreams > 0) {
      const [tag, one] = queue.shift()!;
      connection.start(one, tag);
    }
    connection?.flush();
  };
  connection = await open(target, ends);
  ends.onCapacity();
  return [...(await ends.until(calls.length))].sort((a, b) => a.tag - b.tag);
}

/** Of loopback, for programs that cannot be told to let the system choose. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

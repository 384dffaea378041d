import { afterEach, expect, test } from "vitest";
import { paymentsPath } from "../proto/payments.js";
import { leanTransport } from "./lean-transport.js";
import { ServerProcess } from "./server-process.js";
import { DEFAULT_SERVICE, type FromServer, type ServerOrder } from "./server-protocol.js";
import type { Connection } from "./transport.js";
import { seconds } from "./units.js";

const servers: ServerProcess[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.drain();
});

function started(): { server: ServerProcess; said: FromServer[] } {
  const said: FromServer[] = [];
  const server = new ServerProcess((message) => said.push(message));
  servers.push(server);
  return { server, said };
}

function order(changes: Partial<ServerOrder> = {}): string {
  const listens = [
    { host: "127.0.0.1", port: 0, tls: null },
    { host: "127.0.0.2", port: 0, tls: null },
  ];
  const health = { host: "127.0.0.1", port: 0 };
  const complete: ServerOrder = { transport: "lean", listens, health, service: DEFAULT_SERVICE, ...changes };
  return JSON.stringify({ kind: "serve", order: complete });
}

function last<K extends FromServer["kind"]>(said: readonly FromServer[], kind: K): Extract<FromServer, { kind: K }> {
  const message = said.at(-1);
  expect(message?.kind).toBe(kind);
  return message as Extract<FromServer, { kind: K }>;
}

/** Makes one call, and says how it ended. */
async function callOnce(address: string, path: string): Promise<{ status: number; connection: Connection }> {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    let connection: Connection;
    const target = {
      host: host!,
      port: Number(port),
      localAddress: null,
      authority: "x",
      tls: null,
      connectTimeoutNs: seconds(5),
      literalHeaders: false,
    };
    leanTransport
      .connect(target, {
        onSent() {},
        onEnded: (_tag, status) => resolve({ status, connection }),
        onCapacity() {},
        onClosed() {},
      })
      .then((open) => {
        connection = open;
        connection.start({ path, message: Buffer.alloc(0), timeoutNs: null, metadata: [] }, 0);
        connection.flush();
      }, reject);
  });
}

test("listens where it is told, answers, counts by address, and tells the last counts when it ends", async () => {
  for (const transport of ["lean", "grpc-js"] as const) {
    const { server, said } = started();
    expect(await server.obey(order({ transport }))).toBe("go on");
    const { addresses, health, pid } = last(said, "listening");
    expect(pid).toBe(process.pid);
    expect(addresses.map((address) => address.split(":")[0])).toEqual(["127.0.0.1", "127.0.0.2"]);
    const first = await callOnce(addresses[1]!, paymentsPath("ProcessPayment"));
    const second = await callOnce(addresses[1]!, paymentsPath("GenerateFinancialReport"));
    const probe = await callOnce(health!, "/grpc.health.v1.Health/Check");
    expect([first.status, second.status, probe.status]).toEqual([0, 0, 0]);
    expect(await server.obey('{"kind":"counters"}')).toBe("go on");
    const { listeners, atNs } = last(said, "counters");
    expect(atNs).toBeGreaterThan(0);
    expect(listeners).toEqual({
      [addresses[1]!]: {
        calls: expect.objectContaining({ ProcessPayment: 1, GetPaymentStatus: 0, GenerateFinancialReport: 1 }),
        connections: 2,
        handshakes: 0,
      },
    });
    await Promise.all([first, second, probe].map(({ connection }) => connection.close()));
    expect(await server.obey('{"kind":"drain"}')).toBe("end");
    expect(last(said, "drained").listeners).toEqual(listeners);
  }
});

test("an address that cannot be had ends it with a fault, and leaves none of the others open", async () => {
  const { server, said } = started();
  await server.obey(order());
  const [taken] = last(said, "listening").addresses;
  const port = Number(taken!.split(":")[1]);
  const second = started();
  const listens = [
    { host: "127.0.0.3", port, tls: null },
    { host: "127.0.0.1", port, tls: null },
  ];
  expect(await second.server.obey(order({ listens }))).toBe("fail");
  expect(last(second.said, "failed").fault.fact).toBe(`cannot listen on 127.0.0.1:${port}`);
  await expect(callOnce(`127.0.0.3:${port}`, "/")).rejects.toThrow("connection refused");
});

test("rehearses when it is told to, listening or not, and counts none of it", async () => {
  const { server, said } = started();
  expect(await server.obey('{"kind":"rehearse"}')).toBe("go on");
  expect(last(said, "rehearsed")).toEqual({ kind: "rehearsed" });
  await server.obey(order());
  await server.obey('{"kind":"rehearse"}');
  await server.obey('{"kind":"counters"}');
  expect(last(said, "counters").listeners).toEqual({});
});

test("a line that it does not know, counters of nothing, and a second server are faults", async () => {
  const { server, said } = started();
  for (const line of ["", "{", "null", "[]", '{"kind":"dance"}', '{"kind":"counters"}']) {
    expect(await server.obey(line)).toBe("fail");
    expect(last(said, "failed").fault.fact).not.toBe("");
  }
  await server.obey(order());
  expect(await server.obey(order())).toBe("fail");
  expect(await server.obey('{"kind":"drain"}')).toBe("end");
  expect(await server.obey('{"kind":"drain"}')).toBe("end");
});

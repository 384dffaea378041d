import { describe, expect, test } from "vitest";
import { Fault } from "../loadgen/fault.js";
import type { CallListener, Connection, Target, Transport } from "../loadgen/transport.js";
import { ms, ns } from "../loadgen/units.js";
import { probe } from "./probe.js";

const TARGET = { host: "198.18.1.2", port: 50051 } as Target;
const PATH = "/payments.Payments/ProcessPayment";

/** A transport whose one connection does with a call what the test says. */
function transport(connect: (listener: CallListener) => Promise<Connection>): Transport {
  return { name: "lean", holdsUntilFlush: true, connect: (_target, listener) => connect(listener) };
}

function answering(status: number | null, closed: string[] = []): Transport {
  return transport((listener) => {
    const connection = {
      start: () => listener.onSent(0, ns(1_000)),
      flush: () => {
        if (status !== null) listener.onEnded(0, status, ns(5_000), 0);
      },
      close: () => Promise.resolve(void closed.push("closed")),
    };
    return Promise.resolve(connection as unknown as Connection);
  });
}

describe("a probe", () => {
  test("tells the status by name and the time from sent to answered, and closes its connection", async () => {
    const closed: string[] = [];
    expect(await probe(answering(7, closed), TARGET, PATH, ms(1000))).toEqual({
      seen: "PERMISSION_DENIED",
      serviceNs: 4_000,
    });
    expect(closed).toEqual(["closed"]);
  });

  test("calls it silence when no answer comes", async () => {
    expect((await probe(answering(null), TARGET, PATH, ms(5))).seen).toBe("silence");
  });

  test("calls it silence when no connection comes about", async () => {
    const never = transport(() => new Promise(() => undefined));
    expect((await probe(never, TARGET, PATH, ms(5))).seen).toBe("silence");
  });

  test("calls a refused connection UNAVAILABLE, which is an answer", async () => {
    const refused = transport(() => Promise.reject(new Fault({ fact: "cannot reach 198.18.1.2:50051" })));
    expect((await probe(refused, TARGET, PATH, ms(1000))).seen).toBe("UNAVAILABLE");
  });

  test("takes a bug for a bug", async () => {
    const broken = transport(() => Promise.reject(new TypeError("undefined is not a function")));
    await expect(probe(broken, TARGET, PATH, ms(1000))).rejects.toThrow(TypeError);
  });
});

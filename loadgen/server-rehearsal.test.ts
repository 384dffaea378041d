import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { callServer } from "./canned-caller.js";
import { createLeanServer } from "./lean-server.js";
import { createPaymentsService } from "./payments-service.js";
import { rehearseServer } from "./server-rehearsal.js";
import { DEFAULT_SERVICE } from "./server-protocol.js";
import { seconds } from "./units.js";

test("a rehearsal makes every call of its rounds, and each is answered", async () => {
  expect(await rehearseServer()).toBe(3_000);
});

test("the caller of a rehearsal is understood: the server counts its calls by method", async () => {
  const server = createLeanServer(createPaymentsService(DEFAULT_SERVICE));
  const address = await server.listen({ host: "127.0.0.1", port: 0, tls: null });
  const requests = ["ProcessPayment", "IssueRefund", "Nonsense"].map((method) => ({
    path: `/payments.Payments/${method}`,
    message: Buffer.alloc(0),
  }));
  const ended = await callServer(Number(address.split(":")[1]), requests, { calls: 90, atOnce: 4 });
  expect(ended).toBe(90);
  expect(Object.values(server.counters())[0]?.calls).toMatchObject({
    ProcessPayment: 30,
    IssueRefund: 30,
    "(unknown)": 30,
  });
  await server.drain(seconds(0));
});

test("a server that hangs up ends a rehearsal early", async () => {
  const rude = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
  const { port } = rude.address() as AddressInfo;
  const ended = callServer(port, [{ path: "/a/b", message: Buffer.alloc(0) }], { calls: 5, atOnce: 1 });
  await expect(ended.catch(() => 0)).resolves.toBe(0);
  rude.close();
});

import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Request } from "../request-link.js";
import { readMessages, sendMessage } from "./control-socket.js";
import { DriverHold } from "./driver-hold.js";
import { GIVEN_UP_AFTER_MS, type DriverCalls } from "./pod-protocol.js";

let nowMs = 0;
let server: Server;
let hold: DriverHold;
let answered: ((answer: unknown) => void)[] = [];
let asked: Request<DriverCalls>[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  nowMs = 1_000;
  answered = [];
  asked = [];
  const answer = (request: Request<DriverCalls>): Promise<unknown> => {
    asked.push(request);
    return new Promise((resolve) => answered.push(resolve));
  };
  hold = new DriverHold(answer, () => nowMs);
  server = createServer((socket) => hold.serve(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

/** A relay that speaks in the name of a command line. */
interface Relay {
  readonly socket: Socket;
  say(message: unknown): void;
  next(): Promise<unknown>;
  readonly ended: Promise<void>;
}

function relay(name: string): Relay {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  const heard: unknown[] = [];
  let wake: () => void = () => undefined;
  readMessages(socket, (message) => {
    heard.push(message);
    wake();
  });
  sendMessage(socket, { hold: name });
  return {
    socket,
    say: (message) => sendMessage(socket, message),
    async next() {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return heard.shift();
    },
    ended: new Promise((resolve) => socket.once("close", () => resolve())),
  };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

test("another command line is refused while the one that holds the driver was heard of, and its stream tells it", async () => {
  const first = relay("first");
  expect(await first.next()).toEqual({ held: expect.any(String) as string });
  nowMs += GIVEN_UP_AFTER_MS - 1;
  const second = relay("second");
  expect(await second.next()).toEqual({ refused: { quietMs: GIVEN_UP_AFTER_MS - 1, isConnected: true } });
  await second.ended;
  first.say({ ping: 7 });
  expect(await first.next()).toEqual({ pong: 7 });
});

test("a command line that was killed is given up after a silence, not at once: its stream may only have broken", async () => {
  const first = relay("first");
  await first.next();
  first.socket.destroy();
  await first.ended;
  const early = relay("second");
  expect(await early.next()).toMatchObject({ refused: { quietMs: 0 } });
  nowMs += GIVEN_UP_AFTER_MS;
  const later = relay("second");
  expect(await later.next()).toMatchObject({ held: expect.any(String) as string });
});

test("one that is silent behind a stream that seems to stand loses it to the next", async () => {
  const asleep = relay("first");
  await asleep.next();
  nowMs += GIVEN_UP_AFTER_MS;
  const next = relay("second");
  expect(await next.next()).toMatchObject({ held: expect.any(String) as string });
  await asleep.ended;
});

test("what was asked over a stream that broke is worked on once and answered over the next one", async () => {
  const broken = relay("first");
  const driver = await broken.next();
  broken.say({ id: 3, call: "idle", ask: null });
  await until(() => asked.length === 1);
  broken.socket.destroy();
  const again = relay("first");
  expect(await again.next()).toEqual(driver);
  again.say({ id: 3, call: "idle", ask: null });
  again.say({ ping: 1 });
  expect(await again.next()).toEqual({ pong: 1 });
  answered[0]?.(42);
  expect(await again.next()).toEqual({ id: 3, answer: 42 });
  expect(asked).toHaveLength(1);
});

test("an answer that was lost with its stream is given again", async () => {
  const broken = relay("first");
  await broken.next();
  broken.say({ id: 3, call: "idle", ask: null });
  await until(() => asked.length === 1);
  broken.socket.destroy();
  await broken.ended;
  answered[0]?.(42);
  const again = relay("first");
  await again.next();
  again.say({ id: 3, call: "idle", ask: null });
  expect(await again.next()).toEqual({ id: 3, answer: 42 });
  expect(asked).toHaveLength(1);
});

test("another command line's questions have numbers of their own", async () => {
  const first = relay("first");
  await first.next();
  first.say({ id: 1, call: "idle", ask: null });
  await until(() => asked.length === 1);
  nowMs += GIVEN_UP_AFTER_MS;
  const second = relay("second");
  await second.next();
  second.say({ id: 1, call: "kept", ask: null });
  await until(() => asked.length === 2);
  answered[0]?.("the first one's");
  answered[1]?.("the second one's");
  expect(await second.next()).toEqual({ id: 1, answer: "the second one's" });
});

test("silence is counted from the last word, and from the start where none came", async () => {
  nowMs += 500;
  expect(hold.quietMs).toBe(500);
  const first = relay("first");
  await first.next();
  expect(hold.quietMs).toBe(0);
  nowMs += 200;
  first.say({ ping: 1 });
  await first.next();
  expect(hold.quietMs).toBe(0);
});

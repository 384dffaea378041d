/**
 * Writes hand-made bytes to a server and tells what came back. For tests: runs inside the client's namespace, takes one
 * JSON order as its argument, prints one JSON answer.
 */
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { randomStream } from "../../../loadgen/random.js";
import { CLIENT_HELLO, pathOf, SETTINGS_ACK } from "../kernel-demo/wire-bytes.js";
import { WIRE_FORMS } from "./wire-forms.js";
import { Draw, fuzzConnection } from "./wire-fuzz.js";

export interface WirePeer {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string;
}
export type WireOrder = WirePeer &
  /** Every form, or the one of that name. */
  (
    | { readonly kind: "forms"; readonly method: string; readonly form?: string }
    | {
        readonly kind: "fuzz";
        readonly methods: readonly string[];
        readonly seed: number;
        readonly connections: number;
      }
  );
/** By form: whether the handler of the method answered. */
export type FormsAnswer = Readonly<Record<string, boolean>>;
/** Calls sent and answered, by method. */
export interface FuzzAnswer {
  readonly sent: Readonly<Record<string, number>>;
  readonly answered: Readonly<Record<string, number>>;
}

/** Of each fuzzed connection. */
const CALLS = 60;

const order = JSON.parse(process.argv[2] ?? "{}") as WireOrder;
const answer = order.kind === "forms" ? await tryForms(order, order) : await fuzz(order);
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);

async function tryForms(peer: WirePeer, { method, form }: Extract<WireOrder, { kind: "forms" }>): Promise<FormsAnswer> {
  const answers: [string, boolean][] = [];
  for (const { name, chunks } of WIRE_FORMS.filter((one) => form === undefined || one.name === form)) {
    answers.push([name, await isAnswered(peer, chunks(pathOf(method)), method)]);
  }
  return Object.fromEntries(answers);
}

/** Segments of their own: written a little apart, since the socket would join them. */
async function isAnswered(peer: WirePeer, chunks: readonly Buffer[], method: string): Promise<boolean> {
  const socket = dial(peer);
  const heard = new Promise<boolean>((resolve) => {
    let got = "";
    socket.on("data", (data: Buffer) => {
      got += data.toString("latin1");
      if (got.includes(method)) resolve(true);
    });
    socket.on("close", () => resolve(false));
  });
  socket.write(CLIENT_HELLO);
  await setTimeout(10);
  socket.write(SETTINGS_ACK);
  for (const chunk of chunks) {
    await setTimeout(chunks.length > 20 ? 1 : 5);
    if (!socket.destroyed) socket.write(chunk);
  }
  const answered = await Promise.race([heard, setTimeout(250, false)]);
  leave(socket);
  return answered;
}

async function fuzz(order: Extract<WireOrder, { kind: "fuzz" }>): Promise<FuzzAnswer> {
  const sent: Record<string, number> = {};
  const answered: Record<string, number> = {};
  for (let i = 0; i < order.connections; i++) {
    const random = randomStream(order.seed * 1000 + i);
    const connection = fuzzConnection(order.methods, CALLS, random);
    for (const [method, count] of connection.sent) sent[method] = (sent[method] ?? 0) + count;
    for (const method of await drive(order, connection.bytes, new Draw(random))) {
      answered[method] = (answered[method] ?? 0) + 1;
    }
  }
  return { sent, answered };
}

/** Writes in pieces of random size; yields the methods that were answered. */
async function drive(peer: WirePeer, bytes: Buffer, draw: Draw): Promise<readonly string[]> {
  const socket = dial(peer);
  const methods: string[] = [];
  const done = new Promise<void>((resolve) => {
    let rest = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (let size = frameBytes(rest); size <= rest.length; size = frameBytes(rest)) {
        if (rest[3] === 0 && size > 14) methods.push(rest.toString("latin1", 14, size));
        rest = rest.subarray(size);
      }
      if (methods.length === CALLS) resolve();
    });
    socket.on("close", resolve);
  });
  for (let at = 0; at < bytes.length && !socket.destroyed;) {
    const size = draw.of([1, 3, 9, 20, 64, 200, 700, 1400, 5000]);
    socket.write(bytes.subarray(at, at + size));
    at += size;
    if (draw.below(2) === 0) await setTimeout(0);
  }
  await Promise.race([done, setTimeout(1500)]);
  leave(socket);
  return methods;
}

/** Of the first frame, or more than there is. */
function frameBytes(bytes: Buffer): number {
  return bytes.length < 9 ? Infinity : 9 + bytes.readUIntBE(0, 3);
}

/** With a RST: the kernel would go on sending what was dropped for minutes, into the counters of later tests. */
function leave(socket: Socket): void {
  socket.resetAndDestroy();
}

function dial({ host, port, localAddress }: WirePeer): Socket {
  const socket = connect({ host, port, localAddress });
  socket.setNoDelay(true);
  socket.on("error", () => undefined); // told by `close`
  return socket;
}

/**
 * The caller on whom the program in the kernel is shown: grpc-js, one connection, in the client's namespace. Reads one
 * ClientOrder per line, answers each with one line, ends with its stdin.
 */
import { now } from "../../../loadgen/clock.js";
import { GRPC_STATUS, statusName } from "../../../loadgen/grpc/status.js";
import { grpcJsTransport } from "../../../loadgen/grpc-js-transport.js";
import type { CallListener, Connection, PreparedCall, Target } from "../../../loadgen/transport.js";
import { seconds } from "../../../loadgen/units.js";
import type { CallEnd, RefusalShown } from "../../../results/kernel-demonstration.js";
import { onLines } from "../../stream-lines.js";

export type ClientOrder =
  /** Allowed, refused and allowed at once on a new connection, then one more: a RefusalShown without its action. */
  | { readonly kind: "three-at-once"; readonly target: Target; readonly allowed: string; readonly refused: string }
  /** A new connection that stays, and one call on it: a CallEnd. */
  | { readonly kind: "connect"; readonly target: Target; readonly path: string }
  /** A call on the connection that stayed: a CallEnd. */
  | { readonly kind: "call"; readonly path: string };
export type ThreeAtOnce = Omit<RefusalShown, "action">;

/** Longer than any answer takes, a retransmission of 200 ms included. */
const DEADLINE = seconds(1);

let kept: Caller | null = null;

onLines(process.stdin, (line) => {
  void perform(JSON.parse(line) as ClientOrder).then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`));
});
// A connection whose packets are dropped would keep the process alive.
process.stdin.on("end", () => process.exit(0));

async function perform(order: ClientOrder): Promise<ThreeAtOnce | CallEnd> {
  switch (order.kind) {
    case "three-at-once":
      return threeAtOnce(order.target, order.allowed, order.refused);
    case "connect":
      kept = await Caller.connect(order.target);
      return first(await kept.calls([order.path]));
    case "call":
      if (kept === null) throw new Error("there is no connection to call on");
      return first(await kept.calls([order.path]));
  }
}

async function threeAtOnce(target: Target, allowed: string, refused: string): Promise<ThreeAtOnce> {
  const caller = await Caller.connect(target);
  await caller.calls([allowed]); // the connection has met the server, as any that is in use
  const [before, middle, after] = await caller.calls([allowed, refused, allowed]);
  const reconnected = caller.isClosed;
  const again = reconnected ? await Caller.connect(target) : caller;
  return {
    refused: middle ?? UNSEEN,
    beside: [before ?? UNSEEN, after ?? UNSEEN],
    later: first(await again.calls([allowed])),
    reconnected,
  };
}

const UNSEEN: CallEnd = { seen: statusName(GRPC_STATUS.UNKNOWN), serviceNs: 0 };

function first([end = UNSEEN]: readonly CallEnd[]): CallEnd {
  return end;
}

class Caller {
  readonly #connection: Connection;
  readonly #ends: Map<number, (end: CallEnd) => void>;
  readonly #sentAt: Map<number, number>;
  readonly #closed: { is: boolean };

  private constructor(
    connection: Connection,
    ends: Map<number, (end: CallEnd) => void>,
    sentAt: Map<number, number>,
    closed: { is: boolean },
  ) {
    this.#connection = connection;
    this.#ends = ends;
    this.#sentAt = sentAt;
    this.#closed = closed;
  }

  static async connect(target: Target): Promise<Caller> {
    const ends = new Map<number, (end: CallEnd) => void>();
    const sentAt = new Map<number, number>();
    const closed = { is: false };
    const listener: CallListener = {
      onSent: (tag, at) => void sentAt.set(tag, at),
      onEnded: (tag, status, at) =>
        ends.get(tag)?.({ seen: statusName(status), serviceNs: at - (sentAt.get(tag) ?? at) }),
      onCapacity: () => undefined,
      onClosed: () => (closed.is = true),
    };
    return new Caller(await grpcJsTransport.connect(target, listener), ends, sentAt, closed);
  }

  get isClosed(): boolean {
    return this.#closed.is || this.#connection.freeStreams === 0;
  }

  /** At once, in one write as far as grpc-js goes; resolves when all have ended. */
  calls(paths: readonly string[]): Promise<CallEnd[]> {
    if (this.isClosed) return Promise.resolve(paths.map(() => ({ seen: "UNAVAILABLE", serviceNs: 0 })));
    const begun = now();
    const ended = paths.map(
      (path, tag) =>
        new Promise<CallEnd>((resolve) => {
          this.#sentAt.set(tag, begun);
          this.#ends.set(tag, resolve);
          const call: PreparedCall = { path, message: Buffer.alloc(0), timeoutNs: DEADLINE, metadata: [] };
          this.#connection.start(call, tag);
        }),
    );
    this.#connection.flush();
    return Promise.all(ended);
  }
}

/**
 * The real client against the real server, with a wire between them that cuts, delays and, unless all is to be lawful,
 * damages what passes. Finds what scripts cannot: each side answers the other.
 */
import { GRPC_STATUS } from "../../grpc/status.js";
import type { PreparedCall } from "../../transport.js";
import { ClientPlay } from "./client-target.js";
import type { Draw } from "./draw.js";
import { preparedCall } from "./server-script.js";
import { ServerPlay } from "./server-target.js";

/** Far more than any conversation needs: then it has come to a halt. */
const MAX_TURNS = 20_000;

/** @returns the first thing that must not be; null when there is none */
export async function playPair(draw: Draw, lawful: boolean, log: (string | Buffer)[]): Promise<string | null> {
  const pair = new Pair(draw, lawful ? 0 : draw.pick([0.002, 0.02, 0.2]), log);
  const calls = draw.chance(0.1)
    ? Array.from({ length: draw.between(8, 20) }, () => largeCall(draw))
    : Array.from({ length: draw.between(1, 12) }, () => preparedCall(draw, lawful));
  return (await pair.play(calls)) ?? (lawful ? pair.unexpected(calls.length) : null);
}

/** Enough of them, and more waits than a connection hands to its socket at once. */
function largeCall(draw: Draw): PreparedCall {
  const upwards = { path: "/fuzz.Fuzz/Echo", message: draw.filler(draw.between(100_000, 300_000)) };
  const downwards = { path: "/fuzz.Fuzz/Large", message: Buffer.alloc(0) };
  return { ...(draw.chance(0.3) ? upwards : downwards), timeoutNs: null, metadata: [] };
}

class Pair {
  private readonly client: ClientPlay;
  private readonly server: ServerPlay;
  private readonly toServer: Buffer[] = [];
  private readonly toClient: Buffer[] = [];
  private readonly wrongMessages: number[] = [];

  constructor(
    private readonly draw: Draw,
    private readonly damage: number,
    private readonly log: (string | Buffer)[],
  ) {
    this.server = new ServerPlay((bytes) => this.toClient.push(bytes));
    this.client = new ClientPlay(
      draw.pick(["steps", "callbacks"]),
      (tag, message) => this.check(tag, message),
      (bytes) => this.toServer.push(bytes),
    );
  }

  async play(calls: readonly PreparedCall[]): Promise<string | null> {
    const { draw } = this;
    const left = [...calls];
    for (let turn = 0; left.length > 0 || !this.isQuiet; turn++) {
      if (turn > MAX_TURNS) return "the conversation does not come to an end";
      if (left.length > 0 && draw.chance(0.1))
        this.client.do({ kind: "start", calls: left.splice(0, draw.between(1, 16)) });
      if (draw.chance(0.05)) await this.happen();
      await this.deliver();
    }
    return this.finish();
  }

  /** In a lawful conversation all calls are started, and each ends as its method answers. */
  unexpected(calls: number): string | null {
    if (this.client.calls.length !== calls) return `${this.client.calls.length} of ${calls} calls were started`;
    if (this.wrongMessages.length > 0)
      return `the calls ${this.wrongMessages.join()} were answered with another message`;
    for (const { call, ends } of this.client.calls) {
      const expected = expectedStatus(call);
      if (ends[0] !== expected) return `a call of ${call.path} ended with ${ends.join()}, not ${expected}`;
    }
    return null;
  }

  private check(tag: number, message: Buffer): void {
    const { call } = this.client.calls[tag]!;
    const echoed = call.path === "/fuzz.Fuzz/Echo" || call.path === "/fuzz.Fuzz/Later";
    if (this.damage === 0 && echoed && !message.equals(call.message)) this.wrongMessages.push(tag);
  }

  private get isQuiet(): boolean {
    return this.toServer.length === 0 && this.toClient.length === 0;
  }

  private async happen(): Promise<void> {
    const { draw } = this;
    const kind = draw.pick(["stall", "unstall", "unstall", "time"] as const);
    this.log.push(kind);
    const side = draw.chance(0.5) ? this.client : this.server;
    await side.do(kind === "time" ? { kind, ms: draw.between(1, 20) } : { kind });
  }

  /** Some of the bytes under way arrive. */
  private async deliver(): Promise<void> {
    const [name, queue, side] = this.draw.chance(0.5)
      ? (["server", this.toServer, this.server] as const)
      : (["client", this.toClient, this.client] as const);
    const bytes = queue.shift();
    if (bytes === undefined) return;
    const size = this.draw.chance(0.5) ? bytes.length : this.draw.between(1, bytes.length);
    if (size < bytes.length) queue.unshift(bytes.subarray(size));
    const arriving = this.damaged(bytes.subarray(0, size));
    this.log.push(`to the ${name}`, arriving);
    await side.do({ kind: "bytes", bytes: arriving });
  }

  private damaged(bytes: Buffer): Buffer {
    const { draw } = this;
    if (this.damage === 0 || !draw.chance(this.damage)) return bytes;
    const at = draw.below(bytes.length);
    switch (draw.below(3)) {
      case 0:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      case 1:
        return Buffer.concat([bytes.subarray(0, at), draw.bytes(draw.between(1, 9)), bytes.subarray(at)]);
      default: {
        const copy = Buffer.from(bytes);
        copy[at]! ^= 1 << draw.below(8);
        return copy;
      }
    }
  }

  /** Lets all that waits go, so that what does not come to an end never would. */
  private async finish(): Promise<string | null> {
    for (let round = 0; round < 10; round++) {
      for (const side of [this.client, this.server]) {
        await side.do({ kind: "unstall" });
        await side.do({ kind: "time", ms: 1 });
      }
      while (!this.isQuiet) await this.deliver();
    }
    const client = this.client.finish();
    const server = await this.server.finish();
    return client.problem ?? server.problem;
  }
}

function expectedStatus({ path, message }: PreparedCall): number {
  if (path === "/fuzz.Fuzz/Fail") return 1 + (message.length % 16);
  return path === "/fuzz.Fuzz/Reset" ? GRPC_STATUS.CANCELLED : GRPC_STATUS.OK;
}

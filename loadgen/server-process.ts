/**
 * A payments server that is spoken to line by line (server-protocol.ts): what server-main.ts does with its stdin and
 * stdout, apart from the process, so that it can be tested without one.
 */
import { now } from "./clock.js";
import { Fault, type FaultText } from "./fault.js";
import { startPaymentsServer, type PaymentsServer } from "./payments-server.js";
import type { FromServer, ToServer } from "./server-protocol.js";
import { rehearseServer } from "./server-rehearsal.js";
import { seconds } from "./units.js";

/** How long calls under way may take once the server is to end. */
const DRAIN_GRACE = seconds(5);

export class ServerProcess {
  private server: PaymentsServer | null = null;

  constructor(private readonly say: (message: FromServer) => void) {}

  /** Does what one line asks. Returns "end" when the process has nothing left to do, "fail" when it cannot go on. */
  async obey(line: string): Promise<"go on" | "end" | "fail"> {
    const message = parseLine(line);
    if (message === null)
      return this.fail({ fact: "a line is not one of server-protocol.ts", seen: line.slice(0, 200) });
    switch (message.kind) {
      case "serve":
        return this.serve(message);
      case "rehearse":
        await rehearseServer();
        this.say({ kind: "rehearsed" });
        return "go on";
      case "counters":
        if (this.server === null) return this.fail({ fact: "counters were asked for before there was a server" });
        this.say({ kind: "counters", atNs: now(), listeners: this.server.counters() });
        return "go on";
      case "drain":
        await this.drain();
        return "end";
    }
  }

  /** Finishes the calls under way and tells the last counters. */
  async drain(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    await server.drain(DRAIN_GRACE);
    this.say({ kind: "drained", listeners: server.counters() });
  }

  private async serve({ order }: Extract<ToServer, { kind: "serve" }>): Promise<"go on" | "fail"> {
    if (this.server !== null) return this.fail({ fact: "there is a server already" });
    try {
      this.server = await startPaymentsServer(order);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return this.fail(error.text);
    }
    const { addresses, health } = this.server;
    this.say({ kind: "listening", pid: process.pid, addresses, health });
    return "go on";
  }

  private fail(fault: FaultText): "fail" {
    this.say({ kind: "failed", fault });
    return "fail";
  }
}

const KINDS: readonly ToServer["kind"][] = ["serve", "rehearse", "counters", "drain"];

/** Both ends are ours: only the kind is checked. */
function parseLine(line: string): ToServer | null {
  try {
    const message = JSON.parse(line) as Partial<ToServer> | null;
    return KINDS.some((kind) => kind === message?.kind) ? (message as ToServer) : null;
  } catch {
    return null;
  }
}

/**
 * From flags to the order that workers understand. Everything that contradicts itself or cannot be done is refused here,
 * before anything is started.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { ClosedLoop, LoadPlan, OpenLoop } from "../../loadgen/load-plan.js";
import { hostPort } from "../../loadgen/listening.js";
import type { Target, TlsTarget } from "../../loadgen/transport.js";
import { ms, ns, seconds, type Nanoseconds } from "../../loadgen/units.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { arrivalsOf, meanRate, readReplay } from "./arrival-spec.js";
import { callShare } from "./load-call.js";
import type { LoadFlags, ReadText } from "./load-flags.js";

const DEFAULT_WINDOW = seconds(10);
/** gRPC servers commonly allow 100 concurrent streams. */
const DEFAULT_STREAMS = 100;
const LONGEST_DRAIN = seconds(5);

/** @throws Fault that names the flags which cannot go together, and what would */
export function loadOrder(flags: LoadFlags, readText: ReadText): LoadOrder {
  const share = callShare(flags, readText);
  const replayed = replayOf(flags, readText);
  const windowNs = flags.duration ?? windowOf(replayed);
  const loop = loopOf(flags, replayed);
  requireCalls(loop, windowNs, flags);
  const { connections, streams } = roomFor(loop, flags);
  const timeoutNs = flags.timeout === 0 ? null : flags.timeout;
  const plan: LoadPlan = {
    loop,
    warmupNs: flags.warmup,
    windowNs,
    drainNs: ns(Math.min(timeoutNs ?? LONGEST_DRAIN, LONGEST_DRAIN)),
    totalCalls: flags.total ?? null,
    mix: [share],
    seed: flags.seed,
    connections,
    streams,
    timeoutNs,
    idle: flags.idle,
    intervalNs: intervalFor(windowNs),
  };
  return { transport: flags.transport, plan, targets: { anyone: targetOf(flags, readText) } };
}

function replayOf({ arrival }: LoadFlags, readText: ReadText): readonly Nanoseconds[] {
  return arrival?.kind === "replay" ? readReplay(readText("--arrival", arrival.file), arrival.file) : [];
}

/** A replay lasts as long as its file, and the window must be open for its last call. */
function windowOf(replayed: readonly Nanoseconds[]): Nanoseconds {
  const last = replayed.at(-1);
  return last === undefined ? DEFAULT_WINDOW : ns(last + ms(1));
}

function loopOf(flags: LoadFlags, replayed: readonly Nanoseconds[]): OpenLoop | ClosedLoop {
  if (flags.inFlight !== undefined) {
    const open = flags.rate !== undefined ? "--rate" : "--arrival";
    if (flags.rate !== undefined || flags.arrival !== undefined) {
      throw contradiction(`--in-flight and ${open}`, `${open} for an open loop, or --in-flight for a closed one`);
    }
    return { kind: "closed", inFlight: flags.inFlight, connectionPerCall: false };
  }
  if (flags.rate === undefined && flags.arrival === undefined) {
    throw new Fault({
      fact: "how much load is not said",
      expected: "--rate (calls leave when they are due) or --in-flight (each answer asks for the next call)",
      try: "--rate 1000",
      exitCode: EXIT.usage,
    });
  }
  const arrivals = arrivalsOf(flags.arrival ?? { kind: "poisson" }, flags.rate ?? null, replayed);
  return { kind: "open", arrivals, overflow: flags.overflow };
}

function requireCalls(loop: OpenLoop | ClosedLoop, windowNs: Nanoseconds, { rate, duration }: LoadFlags): void {
  if (loop.kind === "closed") return;
  const calls = (meanRate(loop.arrivals, windowNs) * windowNs) / 1e9;
  if (calls >= 1) return;
  const asked = rate === undefined ? "the arrivals" : `--rate ${rate}/s`;
  throw new Fault({
    fact: `${asked} and a window of ${windowNs / 1e9} s make less than one call`,
    try: `--duration ${Math.ceil((duration ?? windowNs) / 1e9 / Math.max(calls, 1e-3))}s`,
    exitCode: EXIT.usage,
  });
}

/** Connections and streams that hold what is asked for, and give every worker one connection at least. */
function roomFor(loop: OpenLoop | ClosedLoop, flags: LoadFlags): { connections: number; streams: number } {
  const connections = flags.connections ?? flags.workers;
  if (connections < flags.workers) {
    throw contradiction(
      `--connections ${connections} and --workers ${flags.workers}`,
      "at least one connection for each worker",
      `--connections ${flags.workers}`,
    );
  }
  if (loop.kind === "open") return { connections, streams: flags.streams ?? DEFAULT_STREAMS };
  if (loop.inFlight < flags.workers) {
    throw contradiction(
      `--in-flight ${loop.inFlight} and --workers ${flags.workers}`,
      "at least one call in flight for each worker",
      `--workers ${loop.inFlight}`,
    );
  }
  const needed = Math.ceil(loop.inFlight / connections);
  const streams = flags.streams ?? Math.max(DEFAULT_STREAMS, needed);
  if (streams >= needed) return { connections, streams };
  throw contradiction(
    `--in-flight ${loop.inFlight} and ${connections} × ${streams} streams`,
    "room for every call in flight",
    `--connections ${Math.ceil(loop.inFlight / streams)}`,
  );
}

/** A second, or a tenth of a window that has hardly one. */
function intervalFor(windowNs: Nanoseconds): Nanoseconds {
  return windowNs >= seconds(2) ? seconds(1) : ns(Math.max(ms(50), windowNs / 10));
}

function targetOf(flags: LoadFlags, readText: ReadText): Target {
  const { host, port } = flags.target;
  return {
    host,
    port,
    localAddress: null,
    authority: flags.authority ?? hostPort(host, port),
    tls: tlsOf(flags, readText),
    connectTimeoutNs: flags.connectTimeout,
    literalHeaders: false,
  };
}

/** Any flag that only makes sense with TLS asks for it. */
function tlsOf(flags: LoadFlags, readText: ReadText): TlsTarget | null {
  const { cacert, cert, key, servername, allowMissingAlpn = false } = flags;
  const asked = flags.tls === true || allowMissingAlpn;
  if (!asked && [cacert, cert, key, servername].every((value) => value === undefined)) return null;
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? "--cert" : "--key";
    throw contradiction("--cert and --key", "both or none: a certificate and its private key", `${missing} FILE`);
  }
  const pem = (flag: string, file: string | undefined): string | null =>
    file === undefined ? null : requirePem(flag, file, readText(flag, file));
  return {
    ca: pem("--cacert", cacert),
    cert: pem("--cert", cert),
    key: pem("--key", key),
    servername: servername ?? flags.target.host,
    allowMissingAlpn,
  };
}

function requirePem(flag: string, file: string, text: string): string {
  if (/-----BEGIN [A-Z0-9 ]+-----/.test(text)) return text;
  throw new Fault({
    fact: `${flag}: ${file} is not PEM`,
    expected: "text that begins with -----BEGIN …-----",
    exitCode: EXIT.usage,
  });
}

function contradiction(what: string, expected: string, advice?: string): Fault {
  return new Fault({
    fact: `${what} do not go together`,
    expected,
    ...(advice === undefined ? {} : { try: advice }),
    exitCode: EXIT.usage,
  });
}

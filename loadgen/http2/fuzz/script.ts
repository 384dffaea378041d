/**
 * What happens to a connection under test, in order: frames of its peer, and what its owner, its clock and its socket
 * do. A script is data, so that it can be mutated, cut, repeated and printed.
 */
import type { PreparedCall } from "../../transport.js";
import { frameBytes, type RawFrame } from "./raw-frame.js";
import type { Draw } from "./draw.js";

export type Step<Peer> = Peer | Happening;

export type Happening =
  /** Time passes; what had been deferred is answered; deadlines are looked at. */
  | { readonly kind: "time"; readonly ms: number }
  /** The socket takes nothing until further notice. */
  | { readonly kind: "stall" }
  | { readonly kind: "unstall" }
  /** The server's owner drains it. */
  | { readonly kind: "drain" }
  /** The client's owner starts calls, as far as there are free streams. */
  | { readonly kind: "start"; readonly calls: readonly PreparedCall[] }
  /** The client's owner closes. */
  | { readonly kind: "close" };

export interface PeerFrames {
  readonly kind: "frames";
  readonly frames: readonly RawFrame[];
}

export interface PeerBytes {
  readonly kind: "bytes";
  readonly bytes: Buffer;
}

export type FrameScript = readonly Step<PeerFrames>[];
export type ByteScript = readonly Step<PeerBytes>[];

export function asBytes(script: FrameScript): ByteScript {
  return script.map((step) =>
    step.kind === "frames" ? { kind: "bytes", bytes: Buffer.concat(step.frames.map(frameBytes)) } : step,
  );
}

/** The same bytes in pieces of any size, single bytes among them. */
export function cutAnywhere(draw: Draw, script: ByteScript): ByteScript {
  return script.flatMap<Step<PeerBytes>>((step) => (step.kind === "bytes" ? pieces(draw, step.bytes) : [step]));
}

function pieces(draw: Draw, bytes: Buffer): PeerBytes[] {
  const largest = draw.pick([1, 10, 100, 10_000]);
  // More pieces of one input prove no more, and take longer than all else.
  const smallest = Math.ceil(bytes.length / 200);
  const result: PeerBytes[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = Math.max(smallest, draw.between(1, largest));
    result.push({ kind: "bytes", bytes: bytes.subarray(at, at + size) });
    at += size;
  }
  return result;
}

/** For people who want to see what failed. */
export function describeScript(script: ByteScript): string {
  return script
    .map((step) => {
      if (step.kind === "bytes") return `bytes ${step.bytes.toString("hex")}`;
      if (step.kind !== "start") return step.kind === "time" ? `time ${step.ms} ms` : step.kind;
      return `start ${step.calls.map(({ path, message, timeoutNs }) => `${path} ${message.length} B, timeout ${timeoutNs} ns`).join("; ")}`;
    })
    .join("\n");
}

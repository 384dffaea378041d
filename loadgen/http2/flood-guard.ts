/**
 * Bounds what a peer can make us do for nothing: rapid resets (CVE-2023-44487), floods of PING, SETTINGS and empty
 * frames (CVE-2019-9512, -9515, -9518). Each kind has a bucket of allowances that fills with time; a peer that empties
 * one is told ENHANCE_YOUR_CALM.
 *
 * The allowances are far above what a load generator and a proxy do to each other in earnest, stalls included (a stall
 * of 1 s at 20,000 calls/s with a deadline ends in 20,000 resets), and far below what costs us a noticeable part of a
 * core. Memory is not at stake: no frame of these kinds leaves anything behind.
 */
import type { Nanoseconds } from "../units.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";

export interface FloodLimits {
  /** Frames at once, and per second from then on. */
  readonly burst: number;
  readonly perSecond: number;
}

export const FLOOD_LIMITS = {
  /** Each is answered with a frame of ours. */
  pings: { burst: 2_000, perSecond: 2_000 },
  settings: { burst: 100, perSecond: 100 },
  /** Streams ended before their time, by either side, for a fault of the peer's. */
  resets: { burst: 50_000, perSecond: 50_000 },
  /** DATA without content that ends nothing, frames of unknown type, PRIORITY. */
  idleFrames: { burst: 20_000, perSecond: 20_000 },
} as const satisfies Record<string, FloodLimits>;
export type FloodKind = keyof typeof FLOOD_LIMITS;

export class FloodGuard {
  private readonly buckets: Record<FloodKind, Bucket>;

  constructor(limits: Record<FloodKind, FloodLimits> = FLOOD_LIMITS) {
    this.buckets = {
      pings: new Bucket(limits.pings),
      settings: new Bucket(limits.settings),
      resets: new Bucket(limits.resets),
      idleFrames: new Bucket(limits.idleFrames),
    };
  }

  /** @throws Http2ConnectionError ENHANCE_YOUR_CALM */
  count(kind: FloodKind, at: Nanoseconds): void {
    if (!this.buckets[kind].take(at)) {
      throw new Http2ConnectionError(H2_ERROR.ENHANCE_YOUR_CALM, `a flood of ${FLOOD_NAMES[kind]}`);
    }
  }
}

const FLOOD_NAMES: Record<FloodKind, string> = {
  pings: "PING",
  settings: "SETTINGS",
  resets: "stream resets",
  idleFrames: "frames that do nothing",
};

class Bucket {
  private left: number;
  private filledAt: Nanoseconds | null = null;

  constructor(private readonly limits: FloodLimits) {
    this.left = limits.burst;
  }

  take(at: Nanoseconds): boolean {
    const elapsedNs = this.filledAt === null ? 0 : Math.max(0, at - this.filledAt);
    this.left = Math.min(this.limits.burst, this.left + (elapsedNs / 1e9) * this.limits.perSecond);
    this.filledAt = at;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}

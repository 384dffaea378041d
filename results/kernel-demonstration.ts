/**
 * What the experimental program of the road l7-kernel does to callers, and how it is fooled: shown before a run, kept
 * with it, and told wherever its cost is told.
 */
import { z } from "zod";
import { KERNEL_ACTIONS, type KernelAction } from "../scenarios/scenario.js";
import { sameShape } from "./same-shape.js";

export interface KernelDemonstration {
  readonly scenario: string;
  /** One per action: what a refusal does to the connection it comes on. */
  readonly refusals: readonly RefusalShown[];
  readonly attacks: readonly AttackShown[];
}

/** Three calls at once on one connection, allowed, refused, allowed, then an allowed one on the same channel. */
export interface RefusalShown {
  readonly action: KernelAction;
  readonly refused: CallEnd;
  readonly beside: readonly CallEnd[];
  readonly later: CallEnd;
  /** The channel had to connect anew before the later call. */
  readonly reconnected: boolean;
}

export interface CallEnd {
  /** gRPC status name; DEADLINE_EXCEEDED: nothing came within the deadline. */
  readonly seen: string;
  readonly serviceNs: number;
}

/**
 * forged-segment: a packet with an allowed call, which dies behind the program, is judged in place of the refused one ·
 * lost-packet: the retransmission of a packet that was rewritten carries the old bytes.
 */
export interface AttackShown {
  readonly attack: "forged-segment" | "lost-packet";
  readonly action: KernelAction;
  /** Refused calls that the server answered when they were sent plainly, and under the attack: by its own counter. */
  readonly answeredPlainly: number;
  readonly answeredUnderAttack: number;
}

/** The refused call was answered, and only thanks to the attack. */
export function succeeded({ answeredPlainly, answeredUnderAttack }: AttackShown): boolean {
  return answeredPlainly === 0 && answeredUnderAttack > 0;
}

const count = z.int().nonnegative();
const action = z.enum(KERNEL_ACTIONS);
const callEnd = z.object({ seen: z.string(), serviceNs: z.number() });

export const kernelDemonstration = sameShape<KernelDemonstration>()(
  "KernelDemonstration",
  z.object({
    scenario: z.string(),
    refusals: z.array(
      z.object({ action, refused: callEnd, beside: z.array(callEnd), later: callEnd, reconnected: z.boolean() }),
    ),
    attacks: z.array(
      z.object({
        attack: z.enum(["forged-segment", "lost-packet"]),
        action,
        answeredPlainly: count,
        answeredUnderAttack: count,
      }),
    ),
  }),
);

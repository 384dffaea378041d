/**
 * Schemas of what is asked of a road: scenarios and load plans, as they stand in a run record.
 */
import { z } from "zod";
import type { LoadPlan } from "../loadgen/load-plan.js";
import type { CallsPerSecond, Nanoseconds } from "../loadgen/units.js";
import { PAYMENTS_METHODS } from "../proto/payments.js";
import { KERNEL_ACTIONS, type Scenario } from "../scenarios/scenario.js";
import { sameShape } from "./same-shape.js";

/** A unit is a brand for the compiler only: on disk it is a number. */
export const nanoseconds = z.number() as unknown as z.ZodType<Nanoseconds, number>;
const callsPerSecond = z.number() as unknown as z.ZodType<CallsPerSecond, number>;
export const count = z.int().nonnegative();

const caller = z.enum(["api-gateway", "finance-batch-job", "anyone"]);

const arrivals = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("constant"), rate: callsPerSecond }),
  z.object({ kind: z.literal("poisson"), rate: callsPerSecond }),
  z.object({ kind: z.literal("ramp"), from: callsPerSecond, to: callsPerSecond }),
  z.object({ kind: z.literal("step"), from: callsPerSecond, to: callsPerSecond, steps: z.int().positive() }),
  z.object({ kind: z.literal("replay"), offsetsNs: z.array(nanoseconds) }),
]);

const loop = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), arrivals, overflow: z.enum(["queue", "drop"]) }),
  z.object({ kind: z.literal("closed"), inFlight: z.int().positive(), connectionPerCall: z.boolean() }),
]);

const callShare = z.object({
  method: z.string().min(1),
  path: z.string(),
  weight: z.number(),
  caller,
  payload: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("payments") }),
    z.object({ kind: z.literal("fixed"), messages: z.array(z.string()) }),
  ]),
  road: z.string().optional(),
  metadata: z.array(z.tuple([z.string(), z.string()])).optional(),
});

export const loadPlan = sameShape<LoadPlan>()(
  "LoadPlan",
  z.object({
    loop,
    warmupNs: nanoseconds,
    windowNs: nanoseconds,
    drainNs: nanoseconds,
    totalCalls: count.nullable(),
    mix: z.array(callShare),
    seed: z.number(),
    connections: z.int().positive(),
    streams: z.int().positive(),
    timeoutNs: nanoseconds.nullable(),
    idle: z.enum(["auto", "sleep", "hybrid", "spin"]),
    intervalNs: nanoseconds,
    primeSettleNs: nanoseconds.optional(),
  }),
);

const access = z.object({
  rules: z.array(z.object({ caller: caller.exclude(["anyone"]), methods: z.array(z.enum(PAYMENTS_METHODS)) })),
  fillerRules: count,
});

const proxy = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("tcp"), envoy: z.string().optional() }),
  z.object({
    kind: z.literal("http"),
    access: access.nullable(),
    envoy: z.string().nullable(),
  }),
]);

export const scenario = sameShape<Scenario>()(
  "Scenario",
  z.object({
    name: z.string().min(1),
    question: z.string(),
    baseline: z.string().nullable(),
    differs: z.string(),
    road: z.object({
      policy: z.enum(["none", "l4", "l7-kernel"]),
      kernel: z.object({ access, action: z.enum(KERNEL_ACTIONS) }).optional(),
      proxy,
      tls: z.enum(["none", "end-to-end", "intercepted"]),
      enforcedAt: z.enum(["server", "caller"]).optional(),
    }),
    promise: z.object({
      judged: z.boolean(),
      proxied: z.enum(["none", "tcp", "http"]),
      handshakes: z.enum(["none", "server", "proxy-and-server"]),
      refusal: z.enum(["none", "silence", "PERMISSION_DENIED", "UNAVAILABLE", "UNIMPLEMENTED"]),
      countedByRule: z.boolean().optional(),
    }),
    twinOf: z.string().nullable(),
  }),
);

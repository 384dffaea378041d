import { expect, test } from "vitest";
import { z } from "zod";
import { sameShape } from "./same-shape.js";

interface Payment {
  readonly amount: number;
  readonly note?: string;
  readonly lines: readonly (readonly [name: string, count: number])[];
}

const lines = z.array(z.tuple([z.string(), z.number()]));

test("a schema of the same shape reads the interface", () => {
  const payment = sameShape<Payment>()(
    "TestPayment",
    z.object({ amount: z.number(), note: z.string().optional(), lines }),
  );
  expect(payment.parse({ amount: 1, lines: [["a", 2]] })).toEqual({ amount: 1, lines: [["a", 2]] });
});

test("the compiler refuses one that knows less, more, or another type", () => {
  const payment = sameShape<Payment>();
  // @ts-expect-error the optional field is forgotten
  payment("TestForgotten", z.object({ amount: z.number(), lines }));
  // @ts-expect-error a field is required that may be missing
  payment("TestRequired", z.object({ amount: z.number(), note: z.string(), lines }));
  // @ts-expect-error a field too many
  payment("TestMore", z.object({ amount: z.number(), note: z.string().optional(), lines, extra: z.string() }));
  // @ts-expect-error another type
  payment("TestType", z.object({ amount: z.string(), note: z.string().optional(), lines }));
  // @ts-expect-error another type within
  payment("TestWithin", z.object({ amount: z.number(), note: z.string().optional(), lines: z.array(z.string()) }));
  expect(payment).toBeTypeOf("function");
});

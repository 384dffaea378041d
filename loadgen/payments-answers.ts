/**
 * Answers of the payments service, encoded before the first call and taken in turn: what differs from call to call, the
 * identifier or period that the request named, is put before the rest. Protobuf allows that, since fields may come in
 * any order. Seeded, and free of the wall clock.
 */
import { resourcePath } from "../proto/package-root.js";
import { paymentsPath, type PaymentsMethod } from "../proto/payments.js";
import { GRPC_STATUS } from "./grpc/status.js";
import { findMethod, loadProto, type ProtoService } from "./protobuf.js";
import { findField } from "./protobuf-fields.js";
import { deriveSeed, randomStream, type RandomStream } from "./random.js";
import { errorAnswer, okAnswer, type Answer } from "./unary-service.js";

export interface AnswerOptions {
  readonly seed: number;
  readonly reportBytes: { readonly min: number; readonly max: number };
}

/** Answers a request `message[start … end)` of one method. */
export type Answerer = (request: Buffer, start: number, end: number) => Answer;

export function paymentsAnswerer(method: PaymentsMethod, options: AnswerOptions): Answerer {
  const encode = encoderOf(method);
  const random = randomStream(deriveSeed(options.seed, "answers", method));
  switch (method) {
    case "ProcessPayment":
      return inTurn(pool(POOL_SIZE, () => encode(processed(random))));
    case "IssueRefund":
      return inTurn(pool(POOL_SIZE, () => encode(refunded(random))));
    case "GetPaymentStatus":
      // payment_id is field 1 of both.
      return echoing(
        1,
        1,
        pool(POOL_SIZE, () => encode(statusOf(random))),
      );
    case "GenerateFinancialReport":
      // period is field 1 of the request and 2 of the answer.
      return echoing(1, 2, reports(encode, random, options.reportBytes));
  }
}

const POOL_SIZE = 256;
/** Reports are large: some two megabytes in all. */
const REPORT_POOL_SIZE = 48;
const LENGTH_DELIMITED = 2;

function inTurn(answers: readonly Buffer[]): Answerer {
  const ready = answers.map(okAnswer);
  let next = 0;
  return () => {
    next = next + 1 === ready.length ? 0 : next + 1;
    return ready[next]!;
  };
}

/** The request's field `from` as the answer's field `to`, then the rest. */
function echoing(from: number, to: number, rests: readonly Buffer[]): Answerer {
  let next = 0;
  return (request, start, end) => {
    const field = findField(request, start, end, from);
    if (field === "malformed") return MALFORMED;
    next = next + 1 === rests.length ? 0 : next + 1;
    const rest = rests[next]!;
    if (field === null || field.end - field.start > LONGEST_ECHO) return okAnswer(rest);
    const size = field.end - field.start;
    const answer = Buffer.allocUnsafe(2 + size + rest.length);
    answer[0] = (to << 3) | LENGTH_DELIMITED;
    answer[1] = size;
    request.copy(answer, 2, field.start, field.end);
    rest.copy(answer, 2 + size);
    return okAnswer(answer);
  };
}

/** Its length takes one byte; identifiers and periods have 20. Anything longer is none, and not repeated. */
const LONGEST_ECHO = 127;
const MALFORMED = errorAnswer(GRPC_STATUS.INVALID_ARGUMENT, "the request is not a protobuf message");

let services: readonly ProtoService[] | null = null;

/** Parsing the proto file takes some 30 ms: once per process. */
function encoderOf(method: PaymentsMethod): (message: object) => Buffer {
  services ??= loadProto(resourcePath("proto/payments.proto"));
  return findMethod(services, paymentsPath(method)).responseSerialize;
}

function pool<T>(size: number, make: () => T): T[] {
  return Array.from({ length: size }, make);
}

function processed(random: RandomStream): object {
  return {
    payment_id: `pay_${hex(random, 16)}`,
    status: "PAYMENT_STATUS_SETTLED",
    accepted_at_unix_ms: instant(random),
  };
}

function refunded(random: RandomStream): object {
  return { refund_id: `ref_${hex(random, 16)}`, status: "PAYMENT_STATUS_REFUNDED" };
}

function statusOf(random: RandomStream): object {
  return { status: "PAYMENT_STATUS_SETTLED", amount: money(random), updated_at_unix_ms: instant(random) };
}

/**
 * Sizes evenly spread from min to max, in an order that has nothing to do with them. Each report is put together from
 * encoded lines, which protobuf allows as well: to encode every line of every report would take a second.
 */
function reports(
  encode: (message: object) => Buffer,
  random: RandomStream,
  { min, max }: AnswerOptions["reportBytes"],
): Buffer[] {
  const lines = pool(POOL_SIZE, () => encode({ lines: [reportLine(random)] }));
  return pool(REPORT_POOL_SIZE, () => {
    const size = min + random.uniform() * (max - min);
    const parts = [encode({ report_id: `rep_${hex(random, 16)}`, total: money(random) })];
    for (let bytes = 0; bytes < size; bytes += parts.at(-1)!.length) parts.push(lines[random.integer(lines.length)]!);
    return Buffer.concat(parts);
  });
}

function reportLine(random: RandomStream): object {
  return {
    payment_id: `pay_${hex(random, 16)}`,
    booked_at_unix_ms: instant(random),
    amount: money(random),
    counterparty: `DE${digits(random, 20)}`,
  };
}

function money(random: RandomStream): object {
  return { minor_units: 1_000 + random.integer(1_000_000), currency: "EUR" };
}

/** Within 2024, UTC. */
function instant(random: RandomStream): number {
  return 1_704_067_200_000 + random.integer(31_622_400_000);
}

function hex(random: RandomStream, length: number): string {
  return pool(length, () => random.integer(16).toString(16)).join("");
}

function digits(random: RandomStream, length: number): string {
  return pool(length, () => random.integer(10)).join("");
}

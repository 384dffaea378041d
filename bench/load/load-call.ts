/**
 * Which call is made, with which messages: from `--call`, `--proto` and `--data` to one share of a plan's mix.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { CallShare, PayloadSource } from "../../loadgen/load-plan.js";
import { messageFromJson } from "../../loadgen/message-json.js";
import { findMethod, loadProto, type ProtoMethod } from "../../loadgen/protobuf.js";
import { resourcePath } from "../../proto/package-root.js";
import type { LoadFlags, ReadText } from "./load-flags.js";

/**
 * @throws Fault for a proto that cannot be read, a call that is not in it or streams, and data that does not fit
 */
export function callShare(
  flags: Pick<LoadFlags, "call" | "proto" | "data" | "metadata">,
  readText: ReadText,
): CallShare {
  const method = findMethod(loadProto(flags.proto ?? resourcePath("proto/payments.proto")), flags.call);
  refuseStreams(method);
  const share = {
    method: method.name,
    path: method.path,
    weight: 100,
    caller: "anyone" as const,
    payload: payloadOf(method, flags, readText),
  };
  return flags.metadata.length === 0 ? share : { ...share, metadata: flags.metadata };
}

/** `payments.Payments/ProcessPayment` */
export function callName(share: CallShare): string {
  return share.path.replace(/^\//, "");
}

function refuseStreams({ name, requestStream, responseStream }: ProtoMethod): void {
  if (!requestStream && !responseStream) return;
  throw new Fault({
    fact: `${name} is a streaming method`,
    expected: "a unary one: one message there, one back",
    exitCode: EXIT.usage,
  });
}

function payloadOf(
  method: ProtoMethod,
  { proto, data }: Pick<LoadFlags, "proto" | "data">,
  readText: ReadText,
): PayloadSource {
  if (data === undefined) {
    return proto === undefined ? { kind: "payments" } : { kind: "fixed", messages: [encoded(method, {}, "--data {}")] };
  }
  const source = data.startsWith("@") ? data.slice(1) : "--data";
  const json = parseJson(data.startsWith("@") ? readText("--data", source) : data, source);
  const several = Array.isArray(json) ? (json as readonly unknown[]) : [json];
  if (several.length === 0)
    throw new Fault({ fact: `${source} holds no message`, expected: "one at least", exitCode: EXIT.usage });
  const name = (index: number): string => (Array.isArray(json) ? `${source}, message ${index + 1}` : source);
  return { kind: "fixed", messages: several.map((one, index) => encoded(method, one, name(index))) };
}

function encoded(method: ProtoMethod, json: unknown, source: string): string {
  return method.requestSerialize(messageFromJson(method.requestShape, json, source)).toString("base64");
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    const expected = "a message as JSON, or an array of messages that are sent in turn";
    throw new Fault({ fact: `${source} is not JSON`, expected, seen, exitCode: EXIT.usage }, { cause: error });
  }
}

/**
 * What a path pattern means for gRPC, asked of its language and not of its looks: which branch can never match, what it
 * lets through beside the methods it names.
 */
import { exampleOf, matchesWhole, mayBeginWith } from "./re2-match.js";
import type { Re2Node } from "./re2-syntax.js";

/** How much more than single methods a pattern allows. */
export type Breadth = "every-call" | "whole-service" | "any-service" | "longer-names" | "as-named";

/** A gRPC path: "Path → '/' Service-Name '/' {method name}" (gRPC over HTTP/2). */
const GRPC_PATH = /^\/[^/]+\/[^/]+$/;
/** Names that no service and no method has; letters alone, so that a class like `[A-Za-z]+` is seen through. */
const NO_SERVICE = "tollgateprobe.NoSuchService";
const NO_METHOD = "TollgateNoSuchMethod";

export function breadthOf(node: Re2Node): Breadth {
  if (matchesWhole(node, `/${NO_SERVICE}/${NO_METHOD}`)) return "every-call";
  const named = grpcExamples(node).map((path) => path.split("/"));
  if (named.some(([, service]) => matchesWhole(node, `/${service ?? ""}/${NO_METHOD}`))) return "whole-service";
  if (named.some(([, , method]) => matchesWhole(node, `/${NO_SERVICE}/${method ?? ""}`))) return "any-service";
  const longer = named.some(([, service, method]) =>
    matchesWhole(node, `/${service ?? ""}/${method ?? ""}${NO_METHOD}`),
  );
  return longer ? "longer-names" : "as-named";
}

/** Whether some text of the pattern has the form /Service/Method, as far as examples can tell. */
export function allowsSomeGrpcPath(node: Re2Node): boolean {
  return grpcExamples(node).length > 0;
}

/** How many readings of the pattern, each alternation decided, cannot begin with a slash. */
export function readingsWithoutSlash(node: Re2Node): { readonly without: number; readonly of: number } {
  const all = readings(node);
  return { without: all.filter((reading) => !mayBeginWith(reading, "/")).length, of: all.length };
}

/** Offsets of dots that stand for exactly one character: nearly always a literal dot that was meant. */
export function bareDots(node: Re2Node): readonly number[] {
  switch (node.kind) {
    case "any":
      return [node.at];
    case "concat":
      return node.parts.flatMap(bareDots);
    case "alternate":
      return node.branches.flatMap(bareDots);
    case "repeat":
      return node.of.kind === "any" ? [] : bareDots(node.of);
    case "chars":
    case "assertion":
      return [];
  }
}

/** One example per reading and filling that is a gRPC path. */
function grpcExamples(node: Re2Node): string[] {
  const fillings = [
    { any: "x", times: 1 },
    { any: "x", times: 0 },
    { any: "/", times: 1 },
    { any: `/${NO_SERVICE}`, times: 1 },
    { any: `${NO_SERVICE}/${NO_METHOD}`, times: 1 },
    { any: `/${NO_SERVICE}/${NO_METHOD}`, times: 1 },
  ];
  const examples = readings(node).flatMap((reading) => fillings.map((filling) => exampleOf(reading, filling)));
  return [...new Set(examples)].filter((path) => GRPC_PATH.test(path) && matchesWhole(node, path));
}

/** At most this many readings are looked at. */
const MOST_READINGS = 200;

/** The pattern with each alternation decided: `/a/(B|C)` reads `/a/B` and `/a/C`. */
function readings(node: Re2Node): readonly Re2Node[] {
  if (node.kind === "alternate") return node.branches.flatMap(readings).slice(0, MOST_READINGS);
  if (node.kind !== "concat") return [node];
  return node.parts.reduce<readonly Re2Node[]>(
    (heads, part) => heads.flatMap((head) => readings(part).map((tail) => joined(head, tail))).slice(0, MOST_READINGS),
    [{ kind: "concat", parts: [] }],
  );
}

function joined(head: Re2Node, tail: Re2Node): Re2Node {
  return { kind: "concat", parts: head.kind === "concat" ? [...head.parts, tail] : [head, tail] };
}

/**
 * The corrected form of a policy, for the mistakes that have one mechanical answer: gRPC rules that belong under `http`,
 * bare method names, the missing POST, unescaped dots, missing slash and protocol. What needs a decision (who may call
 * what, which secret) is left as it was found.
 */
import { methodsRegex } from "../path-regex.js";
import { plainValue, writeYaml, type YamlMap } from "../yaml.js";
import { isGrpcMethod } from "./http-rules.js";
import { bareDots } from "./path-questions.js";
import { Re2Error } from "./re2-error.js";
import { matchesWhole } from "./re2-match.js";
import { parseRe2 } from "./re2-syntax.js";

/** Stands where the policy names a method without its service; no service has this name. */
export const UNKNOWN_SERVICE = "your.package.Service";

/** The policy as YAML with its mechanical mistakes mended; null when there is nothing to mend. */
export function correctedPolicy(root: YamlMap): string | null {
  const before = plainValue(root);
  const after = mended(before, []);
  return JSON.stringify(before) === JSON.stringify(after) ? null : writeYaml([after]);
}

/** Walks the policy and mends each entry of a toPorts on the way. */
function mended(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => mended(item, path));
  if (!isObject(value)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, mended(child, [...path, key])]));
  return path.at(-1) === "toPorts" ? mendedPortRule(copy) : copy;
}

type Plain = Readonly<Record<string, unknown>>;

function mendedPortRule(rule: Plain): Plain {
  const rules = rule["rules"];
  if (!isObject(rules)) return rule;
  const http = httpRules(rules);
  if (http === null) return rule;
  const { l7proto: _parser, l7: _l7, http: _http, ...others } = rules;
  return {
    ...rule,
    ...(Array.isArray(rule["ports"]) ? { ports: rule["ports"].map(mendedPort) } : {}),
    rules: { ...others, http },
  };
}

/** L7 rules apply to TCP alone, and a port is text. */
function mendedPort(port: unknown): unknown {
  if (!isObject(port)) return port;
  const number = port["port"];
  return { ...port, ...(typeof number === "number" ? { port: String(number) } : {}), protocol: "TCP" };
}

function httpRules(rules: Plain): readonly unknown[] | null {
  const { l7, l7proto, http } = rules;
  if (l7 !== undefined || l7proto !== undefined) return fromParserRules(Array.isArray(l7) ? l7 : []);
  return Array.isArray(http) ? http.map(mendedHttp) : null;
}

/** One HTTP rule per service, its methods joined, in the order in which they were named. */
function fromParserRules(rules: readonly unknown[]): readonly unknown[] {
  const services = new Map<string, string[]>();
  for (const rule of rules) {
    const method = isObject(rule) ? rule["method"] : undefined;
    if (typeof method !== "string") continue;
    const [service, name] = split(method);
    services.set(service, [...(services.get(service) ?? []), name]);
  }
  return [...services].map(([service, methods]) => ({ method: "POST", path: methodsRegex(service, methods) }));
}

function mendedHttp(rule: unknown): unknown {
  if (!isObject(rule)) return rule;
  const { method, path } = rule;
  const wrongMethod = typeof method === "string" && method !== "" && !allowsPost(method);
  const post = wrongMethod ? { method: "POST" } : {};
  if (typeof path === "string" && path !== "") return { ...rule, ...post, path: mendedPath(path) };
  if (!wrongMethod) return rule;
  if (!isGrpcMethod(method)) return { ...rule, ...post };
  const [service, name] = split(method);
  return { ...rule, ...post, path: methodsRegex(service, [name]) };
}

function allowsPost(method: string): boolean {
  try {
    return matchesWhole(parseRe2(method), "POST");
  } catch (error) {
    if (error instanceof Re2Error) return false;
    throw error;
  }
}

/** A path that lacks its slash or its service gets them; dots that stand for one character are escaped. */
function mendedPath(path: string): string {
  if (/^\w+$/.test(path)) return methodsRegex(UNKNOWN_SERVICE, [path]);
  const slashed = /^[\w.\\]+\/\w+$/.test(path) ? `/${path}` : path;
  try {
    const dots = new Set(bareDots(parseRe2(slashed)));
    return [...slashed].map((char, at) => (dots.has(at) ? String.raw`\.` : char)).join("");
  } catch (error) {
    if (error instanceof Re2Error) return path;
    throw error;
  }
}

/** `/a.B/C`, `a.B/C` or `C` as service and method. */
function split(method: string): [service: string, method: string] {
  const slash = method.lastIndexOf("/");
  const service = method.slice(0, Math.max(slash, 0)).replace(/^\/+/, "");
  return [service === "" ? UNKNOWN_SERVICE : service, method.slice(slash + 1)];
}

function isObject(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

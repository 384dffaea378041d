/**
 * Reads a .proto file and turns messages into bytes and back: the only file that knows @grpc/proto-loader.
 *
 * Messages are plain objects with the field names of the .proto file (`minor_units`, not `minorUnits`); 64-bit integers
 * come out as decimal strings and may go in as strings or safe numbers; enums come out by name and may go in by name or
 * number; fields that are not set come out with their default. Nothing here belongs into the measured path: messages are
 * encoded before a trial.
 */
import { loadSync, type AnyDefinition, type PackageDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { EXIT, Fault } from "./fault.js";
import { MessageShapes, type EnumDescriptor, type MessageDescriptor, type MessageShape } from "./message-shape.js";
import { nearestWord } from "./nearest-word.js";

export interface ProtoService {
  /** With its package: `payments.Payments`. */
  readonly name: string;
  readonly file: string;
  readonly methods: readonly ProtoMethod[];
}

export interface ProtoMethod {
  /** The bare name: `ProcessPayment`. */
  readonly name: string;
  /** `/payments.Payments/ProcessPayment` */
  readonly path: string;
  readonly file: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** The request's fields, to check JSON against (message-json.ts). */
  readonly requestShape: MessageShape;
  readonly requestSerialize: (message: object) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => object;
  readonly responseSerialize: (message: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

/**
 * The services of a file and of what it imports. An import is looked for beside the file and in every folder above it,
 * so that both common habits work: relative to the file, and relative to the root of a tree of protos.
 * @throws Fault when a file is missing, cannot be parsed, or declares no service.
 */
export function loadProto(file: string): readonly ProtoService[] {
  const path = resolve(file);
  const importDirs = foldersAbove(path);
  requireImports(file, path, importDirs);
  const definition = parse(file, path, importDirs);
  const shapes = shapesOf(definition);
  const services = Object.entries(definition).flatMap(([name, entry]) =>
    isService(entry) ? [{ name, file, methods: methodsOf(name, entry, file, shapes) }] : [],
  );
  if (services.length > 0) return services;
  throw new Fault({ fact: `${file} declares no service`, expected: "service NAME { rpc … }", exitCode: EXIT.usage });
}

/**
 * The method that `call` names: `package.Service/Method`, with or without a leading slash, or with a dot before the
 * method as grpcurl allows.
 * @throws Fault that names the nearest service or method there is.
 */
export function findMethod(services: readonly ProtoService[], call: string): ProtoMethod {
  const { serviceName, methodName } = splitCall(call);
  const service = services.find(({ name }) => name === serviceName);
  if (service === undefined) throw unknownService(services, serviceName);
  const method = service.methods.find(({ name }) => name === methodName);
  if (method === undefined) throw unknownMethod(service, methodName);
  return method;
}

/** A package definition mixes services with message and enum types; only the latter two have a `format`. */
function isService(entry: AnyDefinition): entry is ServiceDefinition {
  return typeof entry["format"] !== "string";
}

function methodsOf(
  serviceName: string,
  service: ServiceDefinition,
  file: string,
  shapes: MessageShapes,
): ProtoMethod[] {
  return Object.entries(service).map(([name, method]) => ({
    name,
    path: method.path,
    file,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestShape: shapes.shapeLike(method.requestType.type as MessageDescriptor, serviceName),
    requestSerialize: method.requestSerialize,
    requestDeserialize: method.requestDeserialize,
    responseSerialize: method.responseSerialize,
    responseDeserialize: method.responseDeserialize,
  }));
}

function shapesOf(definition: PackageDefinition): MessageShapes {
  const shapes = new MessageShapes();
  for (const [name, entry] of Object.entries(definition)) {
    if (isService(entry)) continue;
    if (entry.format.endsWith(" EnumDescriptorProto")) shapes.addEnum(name, entry.type as EnumDescriptor);
    else shapes.addMessage(name, entry.type as MessageDescriptor);
  }
  return shapes;
}

function parse(file: string, path: string, includeDirs: string[]): PackageDefinition {
  try {
    return loadSync(path, { keepCase: true, longs: String, enums: String, defaults: true, includeDirs });
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new Fault({ fact: `${file} cannot be parsed`, seen, exitCode: EXIT.usage }, { cause: error });
  }
}

/** The parser would only warn of a missing import, on a stray line, before it fails. */
function requireImports(file: string, path: string, importDirs: readonly string[], seen = new Set<string>()): void {
  if (seen.has(path)) return;
  seen.add(path);
  for (const imported of importsOf(file, path)) {
    const found = importDirs.map((folder) => join(folder, imported)).find((candidate) => existsSync(candidate));
    if (found !== undefined) requireImports(imported, found, importDirs, seen);
    else if (!imported.startsWith("google/protobuf/")) {
      throw new Fault({
        fact: `${file} imports "${imported}", which is not there`,
        expected: `the file in ${importDirs[0]} or a folder above it`,
        exitCode: EXIT.usage,
      });
    }
  }
}

function importsOf(file: string, path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new Fault({ fact: `the proto file ${file} cannot be read`, seen, exitCode: EXIT.usage }, { cause: error });
  }
  return [...text.matchAll(/^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)"/gm)].map((match) => match[1]!);
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

function splitCall(call: string): { serviceName: string; methodName: string } {
  const match = /^\/?([\w.]+)[/.](\w+)$/.exec(call);
  if (match !== null) return { serviceName: match[1]!, methodName: match[2]! };
  throw new Fault({
    fact: `"${call}" is not the name of a call`,
    expected: "package.Service/Method, e.g. payments.Payments/ProcessPayment",
    exitCode: EXIT.usage,
  });
}

function unknownService(services: readonly ProtoService[], serviceName: string): Fault {
  const names = services.map(({ name }) => name);
  const bare = names.find((name) => name.endsWith(`.${serviceName}`));
  return new Fault({
    fact: `${services[0]?.file ?? "the proto"} has no service ${serviceName}`,
    expected: names.join(", "),
    ...suggestion(bare ?? nearestWord(serviceName, names), (name) => `--call ${name}/…`),
    exitCode: EXIT.usage,
  });
}

function unknownMethod(service: ProtoService, methodName: string): Fault {
  const names = service.methods.map(({ name }) => name);
  return new Fault({
    fact: `${service.file}: service ${service.name} has no method ${methodName}`,
    expected: names.join(", "),
    ...suggestion(nearestWord(methodName, names), (name) => `--call ${service.name}/${name}`),
    exitCode: EXIT.usage,
  });
}

function suggestion(name: string | null, words: (name: string) => string): { try?: string } {
  return name === null ? {} : { try: words(name) };
}

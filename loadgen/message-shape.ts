/**
 * The fields of a message as data, made from the descriptors that the proto parser hands out. It exists so that JSON
 * written by a person can be checked field by field: the codec itself drops what it does not know without a word.
 *
 * Easy to get wrong: type names in these descriptors are relative to the message that uses them, nested types stand
 * inside their parent only, and a map is a repeated message with a generated entry type.
 */
import { isDeepStrictEqual } from "node:util";

export interface MessageShape {
  /** With its package: `payments.Money`. */
  readonly name: string;
  readonly fields: readonly FieldShape[];
}

export interface FieldShape {
  /** As in the .proto file: `minor_units`. */
  readonly name: string;
  /** As in proto JSON: `minorUnits`, unless the file says otherwise. */
  readonly jsonName: string;
  readonly kind: FieldKind;
  readonly cardinality: "single" | "repeated" | "map";
}

export type FieldKind =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "enum"; readonly name: string; readonly values: readonly string[] }
  /** A function, since messages may contain themselves. */
  | { readonly kind: "message"; readonly shape: () => MessageShape };

export type Scalar =
  | "string"
  | "bytes"
  | "bool"
  | "double"
  | "float"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64";

/** The part of google.protobuf.DescriptorProto that is read here. */
export interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
  readonly options: { readonly mapEntry?: boolean } | null;
}
export interface EnumDescriptor {
  readonly name: string;
  readonly value: readonly { readonly name: string }[];
}
interface FieldDescriptor {
  readonly name: string;
  readonly jsonName: string;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

type Known = { readonly message: MessageDescriptor } | { readonly enum: EnumDescriptor };

/** All message types of a parsed file, to be asked by full name. */
export class MessageShapes {
  readonly #known = new Map<string, Known>();
  readonly #shapes = new Map<string, MessageShape>();

  addMessage(fullName: string, message: MessageDescriptor): void {
    this.#known.set(fullName, { message });
    for (const inner of message.enumType) this.addEnum(`${fullName}.${inner.name}`, inner);
    for (const inner of message.nestedType) {
      if (inner.options?.mapEntry !== true) this.addMessage(`${fullName}.${inner.name}`, inner);
    }
  }

  addEnum(fullName: string, description: EnumDescriptor): void {
    this.#known.set(fullName, { enum: description });
  }

  /**
   * The shape of a message known by its descriptor only, which tells its bare name but not its package: of equal ones
   * the one closest to `scope` is meant.
   */
  shapeLike(message: MessageDescriptor, scope: string): MessageShape {
    const alike = [...this.#known]
      .filter(([, known]) => "message" in known && isDeepStrictEqual(known.message, message))
      .map(([name]) => name);
    const closeness = (name: string) => commonPrefix(name, scope);
    return this.shape(alike.sort((a, b) => closeness(b) - closeness(a))[0] ?? message.name);
  }

  /** The shape of a message; one without fields when the name is unknown, which a parsed file cannot hold. */
  shape(fullName: string): MessageShape {
    const made = this.#shapes.get(fullName);
    if (made !== undefined) return made;
    const known = this.#known.get(fullName);
    const message = known !== undefined && "message" in known ? known.message : null;
    const shape = {
      name: fullName,
      fields: message?.field.map((field) => this.#field(fullName, message, field)) ?? [],
    };
    this.#shapes.set(fullName, shape);
    return shape;
  }

  #field(scope: string, message: MessageDescriptor, field: FieldDescriptor): FieldShape {
    const names = { name: field.name, jsonName: field.jsonName === "" ? camelCase(field.name) : field.jsonName };
    const entry = mapEntryOf(message, field);
    const value = entry?.field.find(({ name }) => name === "value");
    if (value !== undefined) return { ...names, kind: this.#kind(scope, value), cardinality: "map" };
    const cardinality = field.label === "LABEL_REPEATED" ? "repeated" : "single";
    return { ...names, kind: this.#kind(scope, field), cardinality };
  }

  #kind(scope: string, field: FieldDescriptor): FieldKind {
    if (field.typeName === "") {
      return { kind: "scalar", scalar: field.type.replace("TYPE_", "").toLowerCase() as Scalar };
    }
    const name = this.#resolve(scope, field.typeName);
    const known = this.#known.get(name);
    if (known !== undefined && "enum" in known) {
      return { kind: "enum", name, values: known.enum.value.map((value) => value.name) };
    }
    return { kind: "message", shape: () => this.shape(name) };
  }

  /** A name seen from within `scope`: the innermost enclosing scope that knows it wins, as in C++ and protobuf. */
  #resolve(scope: string, typeName: string): string {
    if (typeName.startsWith(".")) return typeName.slice(1);
    for (let outer = scope; outer !== ""; outer = outer.slice(0, Math.max(0, outer.lastIndexOf(".")))) {
      const candidate = `${outer}.${typeName}`;
      if (this.#known.has(candidate)) return candidate;
    }
    return typeName;
  }
}

/** The generated entry type of a map field carries the field's name with a capital letter. */
function mapEntryOf(message: MessageDescriptor, field: FieldDescriptor): MessageDescriptor | undefined {
  if (field.label !== "LABEL_REPEATED") return undefined;
  const entryName = field.name.charAt(0).toUpperCase() + field.name.slice(1);
  return message.nestedType.find(
    ({ name, options }) => options?.mapEntry === true && name === entryName && name === field.typeName,
  );
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

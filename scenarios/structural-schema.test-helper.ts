/**
 * Checks an object against a CRD's structural schema as the API server would with `fieldValidation: Strict`: types,
 * required, enum, pattern, bounds, oneOf/anyOf/allOf/not, and no unknown field unless the schema says so. Formats are
 * not checked: the API server ignores those it does not know, and none of ours depends on one.
 */
import { readFileSync } from "node:fs";
import { parseYaml, plainValue } from "./yaml.js";

export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  readonly nullable?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
}

/** The schema of the first version in a CRD file. */
export function crdSchema(file: string): Schema {
  const crd = plainValue(parseYaml(readFileSync(file, "utf8"), file)) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`${file} holds no CRD schema`);
  return schema;
}

/** One line per violation, `spec.ingress[0].toPorts: …`; empty: the API server would store the object. */
export function violations(value: unknown, schema: Schema): readonly string[] {
  return [...check(value, schema, "$"), ...unknownFields(value, schema, "$")];
}

function check(value: unknown, schema: Schema, path: string): string[] {
  if (value === null) return schema.nullable === true ? [] : [`${path}: null`];
  return [
    ...checkType(value, schema, path),
    ...checkScalar(value, schema, path),
    ...checkObject(value, schema, path),
    ...checkList(value, schema, path),
    ...checkJunctors(value, schema, path),
  ];
}

function checkType(value: unknown, schema: Schema, path: string): string[] {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return typeof value === "string" || Number.isInteger(value) ? [] : [`${path}: neither integer nor string`];
  }
  if (schema.type === undefined) return [];
  const seen = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  const fits = seen === schema.type || (seen === "integer" && schema.type === "number");
  return fits ? [] : [`${path}: ${seen}, expected ${schema.type}`];
}

function checkScalar(value: unknown, schema: Schema, path: string): string[] {
  const problems: string[] = [];
  if (schema.enum !== undefined && !schema.enum.includes(value)) problems.push(`${path}: not one of its values`);
  if (typeof value === "string") {
    if (schema.pattern !== undefined && !new RegExp(schema.pattern.replaceAll(String.raw`\PC`, ".")).test(value)) {
      problems.push(`${path}: "${value}" does not match ${schema.pattern.slice(0, 60)}`);
    }
    if (value.length > (schema.maxLength ?? Infinity) || value.length < (schema.minLength ?? 0)) {
      problems.push(`${path}: length ${value.length}`);
    }
  }
  if (typeof value === "number" && (value > (schema.maximum ?? Infinity) || value < (schema.minimum ?? -Infinity))) {
    problems.push(`${path}: ${value} out of bounds`);
  }
  return problems;
}

function checkObject(value: unknown, schema: Schema, path: string): string[] {
  if (!isObject(value)) return [];
  const missing = (schema.required ?? []).filter((key) => !(key in value)).map((key) => `${path}: no ${key}`);
  const inner = Object.entries(value).flatMap(([key, child]) => {
    const known = schema.properties?.[key] ?? extra(schema);
    return known === undefined ? [] : check(child, known, `${path}.${key}`);
  });
  return [...missing, ...inner];
}

function checkList(value: unknown, schema: Schema, path: string): string[] {
  if (!Array.isArray(value)) return [];
  const problems: string[] = [];
  if (value.length > (schema.maxItems ?? Infinity)) problems.push(`${path}: ${value.length} items`);
  if (value.length < (schema.minItems ?? 0)) problems.push(`${path}: only ${value.length} items`);
  const { items } = schema;
  if (items === undefined) return problems;
  return [...problems, ...value.flatMap((item, index) => check(item, items, `${path}[${index}]`))];
}

function checkJunctors(value: unknown, schema: Schema, path: string): string[] {
  const fits = (alternative: Schema): boolean => check(value, alternative, path).length === 0;
  const problems = (schema.allOf ?? []).flatMap((part) => check(value, part, path));
  if (schema.oneOf !== undefined && schema.oneOf.filter(fits).length !== 1)
    problems.push(`${path}: not exactly one form`);
  if (schema.anyOf !== undefined && !schema.anyOf.some(fits)) problems.push(`${path}: none of the allowed forms`);
  if (schema.not !== undefined && fits(schema.not)) problems.push(`${path}: a form that is not allowed`);
  return problems;
}

/** Walks the structural part alone: oneOf and its like never declare fields. */
function unknownFields(value: unknown, schema: Schema, path: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unknownFields(item, schema.items ?? {}, `${path}[${index}]`));
  }
  if (!isObject(value) || isOpen(schema, path)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const known = schema.properties?.[key] ?? extra(schema);
    return known === undefined ? [`${path}.${key}: unknown field`] : unknownFields(child, known, `${path}.${key}`);
  });
}

/** `metadata` is known to the API server itself; CRDs declare it as a bare object. */
function isOpen(schema: Schema, path: string): boolean {
  return (
    path === "$.metadata" ||
    schema["x-kubernetes-preserve-unknown-fields"] === true ||
    schema.additionalProperties === true
  );
}

function extra(schema: Schema): Schema | undefined {
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

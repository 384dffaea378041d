/**
 * Asking a YAML tree for its parts by name. Lenient: what is missing or of another shape is undefined, null or empty, so
 * that a rule can ask on without checking at each step.
 */
import { plainValue, type Position, type YamlEntry, type YamlMap, type YamlNode } from "../yaml.js";

/** The entry of a mapping, with the place of its key. */
export function entry(node: YamlMap, key: string): YamlEntry | undefined {
  return node.entries.find((candidate) => candidate.key === key);
}

export function lookup(node: YamlNode | undefined, ...path: readonly string[]): YamlNode | undefined {
  return path.reduce<YamlNode | undefined>((at, key) => (at?.kind === "map" ? entry(at, key)?.value : undefined), node);
}

/** The text of a scalar as written; undefined for null, lists and mappings. */
export function text(node: YamlNode | undefined, ...path: readonly string[]): string | undefined {
  const found = lookup(node, ...path);
  return found?.kind === "scalar" && found.value !== null ? found.text : undefined;
}

export function map(node: YamlNode, key: string): YamlMap | null {
  const found = lookup(node, key);
  return found?.kind === "map" ? found : null;
}

/** The mappings in the list under `key`. */
export function maps(node: YamlNode, key: string): YamlMap[] {
  return list(node, key).filter((item) => item.kind === "map");
}

export function list(node: YamlNode | undefined, key: string): readonly YamlNode[] {
  const found = lookup(node, key);
  return found?.kind === "list" ? found.items : [];
}

/** Where the key stands, or the mapping that lacks it. */
export function keyPlace(node: YamlMap, key: string): Position {
  return entry(node, key)?.keyAt ?? node.at;
}

/** Equal for nodes that mean the same, whatever the order of their keys. */
export function canonical(node: YamlNode): string {
  return JSON.stringify(plainValue(node), (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

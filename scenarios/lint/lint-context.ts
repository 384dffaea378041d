/** What a rule may look at beside the policy itself. */
import { CILIUM_MINORS, isAtLeast, type CiliumMinor, type CiliumRelease } from "../cilium-releases.js";
import type { YamlMap } from "../yaml.js";
import type { Remark, Severity } from "./finding.js";
import type { Allow } from "./allows.js";
import type { PolicyDocument } from "./policy-document.js";

export interface LintContext {
  /** null: any release; what only some refuse is then told as such. */
  readonly release: CiliumRelease | null;
  /** Every policy that was given, this one included. */
  readonly policies: readonly PolicyDocument[];
  /** All that they allow, entry by entry. */
  readonly allows: readonly Allow[];
  /** Secrets that were given beside the policies: `namespace/name`, with the names of their keys. */
  readonly secrets: ReadonlyMap<string, SecretKeys>;
}
export interface SecretKeys {
  readonly node: YamlMap;
  readonly keys: readonly string[];
}

export type LintRule = (policy: PolicyDocument, context: LintContext) => readonly Remark[];

/** How a fault weighs that begins with `minor`, or ended with it: certain, out of question, or unknown. */
export function weightSince(context: LintContext, minor: CiliumMinor, otherwise: Severity): Severity | null {
  if (context.release === null) return otherwise;
  return isAtLeast(context.release, { minor, patch: 0 }) ? "error" : null;
}
export function weightBefore(context: LintContext, minor: CiliumMinor, otherwise: Severity): Severity | null {
  if (context.release === null) return minor === CILIUM_MINORS[0] ? null : otherwise;
  return isAtLeast(context.release, { minor, patch: 0 }) ? null : "error";
}

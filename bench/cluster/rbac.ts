/**
 * The RBAC manifest: a ServiceAccount that may do exactly what permissions.ts lists, and nothing else. Each rule that a
 * run can do without says what is then missing, so that whoever grants it may strike it out.
 */
import { writeYaml } from "../../scenarios/yaml.js";
import { MANAGED_BY } from "./kube-object.js";
import {
  permissionsIn,
  splitResource,
  type Permission,
  type PermissionScope,
  type ScopeNamespaces,
} from "./permissions.js";

const NAME = "tollgate";

/** The manifest as YAML, to be read and then applied by someone who may grant these permissions. */
export function rbacManifest(namespaces: ScopeNamespaces): string {
  const permissions = permissionsIn(namespaces);
  const scopes = [...new Set(permissions.map(({ scope }) => scope))];
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata(NAME, namespaces.own) };
  const objects = [account, ...scopes.flatMap((scope) => grant(scope, permissions, namespaces))];
  return writeYaml(objects, explanation(scopes, permissions));
}

function grant(
  scope: PermissionScope,
  permissions: readonly Permission[],
  namespaces: ScopeNamespaces,
): readonly unknown[] {
  const wide = scope === "cluster";
  const namespace = scope === "cluster" ? null : namespaces[scope];
  const name = scope === "own" || wide ? NAME : `${NAME}-${scope}`;
  const rules = permissions.filter((permission) => permission.scope === scope).map(rule);
  const api = "rbac.authorization.k8s.io";
  return [
    { apiVersion: `${api}/v1`, kind: wide ? "ClusterRole" : "Role", metadata: metadata(name, namespace), rules },
    {
      apiVersion: `${api}/v1`,
      kind: wide ? "ClusterRoleBinding" : "RoleBinding",
      metadata: metadata(name, namespace),
      roleRef: { apiGroup: api, kind: wide ? "ClusterRole" : "Role", name },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: namespaces.own }],
    },
  ];
}

function rule({ resource, names, verbs }: Permission): unknown {
  const { group, plural, part } = splitResource(resource);
  const resources = [part === null ? plural : `${plural}/${part}`];
  return { apiGroups: [group], resources, ...(names === undefined ? {} : { resourceNames: names }), verbs: [...verbs] };
}

function metadata(name: string, namespace: string | null): unknown {
  return {
    name,
    ...(namespace === null ? {} : { namespace }),
    labels: { [MANAGED_BY.label]: MANAGED_BY.value },
  };
}

const SCOPE_WORDS: Readonly<Record<PermissionScope, string>> = {
  own: "in tollgate's own namespace",
  cilium: "in the namespace of Cilium",
  secrets: "in the namespace that Cilium reads certificates from, where nobody copies them there",
  cluster: "in the whole cluster",
};

/** What every rule is for, above the manifest: YAML comments between rules would be lost on the way. */
function explanation(scopes: readonly PermissionScope[], all: readonly Permission[]): string {
  const parts = scopes.flatMap((scope) => {
    const permissions = all.filter((permission) => permission.scope === scope);
    return ["", `${SCOPE_WORDS[scope]}:`, ...permissions.flatMap(purpose)];
  });
  return [
    "Everything that tollgate may do on this cluster. Rules may be struck out where it says what",
    "is then lacking.",
    ...parts,
  ].join("\n");
}

function purpose({ resource, names, verbs, why, without }: Permission): readonly string[] {
  const only = names === undefined ? "" : ` ${names.join(", ")} only`;
  const lacking = without === null ? [] : [`      without it: no ${without}`];
  return [`  ${resource}${only}: ${verbs.join(", ")}`, `      ${why}`, ...lacking];
}

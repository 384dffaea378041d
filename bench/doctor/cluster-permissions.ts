/**
 * May tollgate do here what it does? Every permission of the manifest is asked for, verb by verb.
 */
import type { Access } from "../cluster/access-review.js";
import { accessesOf, permissionsIn, type Permission } from "../cluster/permissions.js";
import type { ClusterCheck } from "./cluster-check.js";
import { fail, ok, warn, type Finding } from "./finding.js";

export const checkPermissions: ClusterCheck = async (kubectl, { ciliumNamespace }) => {
  const namespaces = { own: kubectl.namespace, cilium: ciliumNamespace, secrets: null }; // the right to certificates is told with Cilium's mode
  const asked = permissionsIn(namespaces).map((permission) => ({
    permission,
    accesses: accessesOf(permission, namespaces),
  }));
  const answers = await kubectl.mayI(asked.flatMap(({ accesses }) => accesses));
  let next = 0;
  const findings = asked.flatMap(({ permission, accesses }): Finding[] => {
    const refused = accesses.filter(() => answers[next++] === false);
    return refused[0] === undefined ? [] : [missing(permission, refused[0], refused)];
  });
  if (findings.length > 0) return findings;
  return [ok("permissions", `all ${answers.length} of them`)];
};

function missing({ resource, why, without }: Permission, first: Access, refused: readonly Access[]): Finding {
  const verbs = [...new Set(refused.map(({ verb }) => verb))].join(", ");
  const where = first.namespace === null ? "in the whole cluster" : `in ${first.namespace}`;
  const what = `may not ${verbs} ${resource} ${where}`;
  const mend = "tollgate doctor --env cluster --rbac > rbac.yaml, for someone who may grant it";
  if (without === null) return fail("permission", `${what}: it is for: ${why}`, mend);
  return warn("permission", `${what}: without it no ${without}`, mend);
}

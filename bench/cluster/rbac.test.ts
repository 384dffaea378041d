import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../proto/package-root.js";
import { plainValue, readYaml } from "../../scenarios/yaml.js";
import { accessesOf, PERMISSIONS } from "./permissions.js";
import { rbacManifest } from "./rbac.js";

interface Role {
  readonly kind: string;
  readonly rules?: readonly { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

test("the manifest says above its rules what each is for", async () => {
  const manifest = rbacManifest({ own: "tollgate", cilium: "kube-system" });
  await expect(manifest).toMatchFileSnapshot(join(packageRoot, "bench/cluster/__golden__/rbac.yaml"));
});

test("the manifest grants what the doctor asks for, and nothing else", () => {
  const namespaces = { own: "a", cilium: "b" };
  const asked = PERMISSIONS.flatMap((permission) => accessesOf(permission, namespaces)).map(
    ({ verb, group, resource, subresource, name }) =>
      [verb, group, subresource === null ? resource : `${resource}/${subresource}`, name ?? "*"].join(" "),
  );
  const roles = readYaml(rbacManifest(namespaces), "rbac.yaml").documents.map(plainValue) as Role[];
  const granted = roles
    .flatMap(({ rules }) => rules ?? [])
    .flatMap(({ apiGroups: [group], resources: [resource], resourceNames, verbs }) =>
      verbs.flatMap((verb) => (resourceNames ?? ["*"]).map((name) => [verb, group, resource, name].join(" "))),
    );
  expect(granted.sort()).toEqual(asked.sort());
  expect(granted.length).toBeGreaterThan(40);
  expect(granted.filter((grant) => /\*.*\*/.test(grant) || grant.startsWith("*"))).toEqual([]);
});

import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../proto/package-root.js";
import { plainValue, readYaml } from "../../scenarios/yaml.js";
import { accessesOf, permissionsIn } from "./permissions.js";
import { rbacManifest } from "./rbac.js";

interface Role {
  readonly kind: string;
  readonly rules?: readonly { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

test("the manifest says above its rules what each is for", async () => {
  const manifest = rbacManifest({ own: "tollgate", cilium: "kube-system", secrets: null });
  await expect(manifest).toMatchFileSnapshot(join(packageRoot, "bench/cluster/__golden__/rbac.yaml"));
});

test("it grants Secrets in Cilium's namespace for them where certificates are put there by hand, and says so", async () => {
  const usual = rbacManifest({ own: "tollgate", cilium: "kube-system", secrets: null });
  const manifest = rbacManifest({ own: "tollgate", cilium: "kube-system", secrets: "cilium-secrets" });
  expect(usual).not.toContain("cilium-secrets");
  const known = usual.split("\n");
  const added = manifest.split("\n").filter((line) => !known.includes(line));
  await expect(added.join("\n")).toMatchFileSnapshot(
    join(packageRoot, "bench/cluster/__golden__/rbac-by-hand-adds.yaml"),
  );
});

test.each([null, "c"])("the manifest grants what is asked for, and nothing else: Secrets in %s", (secrets) => {
  const namespaces = { own: "a", cilium: "b", secrets };
  const asked = permissionsIn(namespaces)
    .flatMap((permission) => accessesOf(permission, namespaces))
    .map(({ verb, group, resource, subresource, name }) =>
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

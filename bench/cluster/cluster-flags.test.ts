import { expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { clusterOptions, type ClusterFlags } from "./cluster-flags.js";

const FLAGS: ClusterFlags = { image: "node:20-slim", generators: 1, via: "service" };
const optionsOf = (flags: Partial<ClusterFlags>) => clusterOptions({ ...FLAGS, ...flags }, {}, () => undefined);

test("labels and taints are read as kubectl writes them", () => {
  const { nodeSelector, tolerations } = optionsOf({
    nodeSelector: ["pool=bench", "example.com/disk="],
    tolerations: ["dedicated=bench:NoSchedule", "gpu", "spot=true"],
  });
  expect(nodeSelector).toEqual({ pool: "bench", "example.com/disk": "" });
  expect(tolerations).toEqual([
    { key: "dedicated", operator: "Equal", value: "bench", effect: "NoSchedule" },
    { key: "gpu", operator: "Exists" },
    { key: "spot", operator: "Equal", value: "true" },
  ]);
});

test("what is neither is a wrong use of its flag", () => {
  expect(() => optionsOf({ nodeSelector: ["pool"] })).toThrow(Fault);
  expect(() => optionsOf({ nodeSelector: ["pool"] })).toThrow("--node-selector pool: not a label");
  expect(() => optionsOf({ tolerations: ["a=b:Never"] })).toThrow("--tolerations a=b:Never: not a taint");
});

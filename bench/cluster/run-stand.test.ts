import { expect, test } from "vitest";
import type { Fault } from "../../loadgen/fault.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { Muster } from "./roll-call.js";
import { requireSameTime } from "./run-stand.js";

const muster: Muster = {
  driver: { name: "tollgate-driver", ip: "10.0.0.1", node: "node2" },
  roads: [
    {
      scenario: scenarioByName("l4"),
      server: { name: "payments-l4", ip: "10.0.0.2", node: "node1" },
      generators: [],
      clusterIp: null,
    },
  ],
};

function faultOf(clockSkewMs: number): Fault["text"] | null {
  try {
    requireSameTime({ clockSkewMs }, muster);
    return null;
  } catch (error) {
    return (error as Fault).text;
  }
}

test("nodes whose clocks are more than a second apart are refused, with who is ahead", () => {
  expect(faultOf(999)).toBeNull();
  expect(faultOf(-999)).toBeNull();
  expect(faultOf(4_200)).toMatchObject({
    fact: "the clocks of two nodes are 4.2 s apart",
    seen: "node1 is ahead of node2",
  });
  expect(faultOf(-1_500)?.seen).toBe("node1 is behind node2");
});

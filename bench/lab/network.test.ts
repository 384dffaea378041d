import { describe, expect, test } from "vitest";
import { CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import { planRoads } from "./address-plan.js";
import { attachBatch, clientBatch, inNamespace, namespacesBatch, nodeBatch, serverBatch } from "./network.js";
import { judged, POLICY } from "./policy-map.js";

const roads = planRoads([scenarioByName("no-policy"), scenarioByName("l7")]);
const lines = (text: string): string[] => text.trimEnd().split("\n");

describe("the network of one road", () => {
  test("joins client and server to the node by a veth pair each, with fixed MAC addresses", () => {
    expect(lines(nodeBatch(roads)).filter((line) => line.startsWith("link add"))).toEqual([
      "link add nc0 address 02:00:00:00:00:01 type veth peer name c0 address 02:00:00:00:00:02 netns client",
      "link add ns0 address 02:00:00:00:00:03 type veth peer name s0 address 02:00:00:00:00:04 netns server",
      "link add nc1 address 02:00:00:00:01:01 type veth peer name c1 address 02:00:00:00:01:02 netns client",
      "link add ns1 address 02:00:00:00:01:03 type veth peer name s1 address 02:00:00:00:01:04 netns server",
    ]);
  });

  test("gives the client its three identities and one way to the server", () => {
    expect(lines(clientBatch(roads.slice(1)))).toEqual([
      "link set lo up",
      "addr add 198.18.2.2/24 dev c1",
      "addr add 198.18.2.3/24 dev c1",
      "addr add 198.18.2.4/24 dev c1",
      "link set c1 up",
      "neigh add 198.18.2.1 lladdr 02:00:00:00:01:01 dev c1 nud permanent",
      "route add 198.18.3.2/32 via 198.18.2.1 dev c1 src 198.18.2.2",
    ]);
  });

  test("leads every answer back by the road that the call came", () => {
    expect(lines(serverBatch(roads.slice(1)))).toEqual([
      "link set lo up",
      "addr add 198.18.3.2/24 dev s1",
      "link set s1 up",
      "neigh add 198.18.3.1 lladdr 02:00:00:00:01:03 dev s1 nud permanent",
      "route add 198.18.2.2/32 via 198.18.3.1 dev s1 src 198.18.3.2",
      "route add 198.18.2.3/32 via 198.18.3.1 dev s1 src 198.18.3.2",
      "route add 198.18.2.4/32 via 198.18.3.1 dev s1 src 198.18.3.2",
    ]);
  });

  test("routes what belongs to Envoy's transparent sockets to the node itself", () => {
    expect(lines(nodeBatch(roads)).slice(-2)).toEqual([
      "rule add pref 9 fwmark 0x200/0xf00 lookup 2004",
      "route add local 0.0.0.0/0 dev lo table 2004",
    ]);
  });
});

test("every neighbour is known before the first packet", () => {
  const known = [nodeBatch, clientBatch, serverBatch].flatMap((batch) => lines(batch(roads)));
  const neighbours = known.filter((line) => line.startsWith("neigh add"));
  for (const road of roads) {
    const { clientGateway, serverGateway, server, callers } = road;
    for (const address of [clientGateway, serverGateway, server, ...Object.values(callers)]) {
      expect(neighbours.filter((line) => line.startsWith(`neigh add ${address} `))).toHaveLength(1);
    }
  }
});

test("the policy program is attached to judged roads only, at the client's side of the node", () => {
  const attached = lines(attachBatch(judged(planRoads(CATALOGUE)), POLICY)).filter((line) =>
    line.startsWith("filter add"),
  );
  const judgedNumbers = CATALOGUE.flatMap((scenario, number) => (scenario.promise.judged ? [number] : []));
  expect(attached).toEqual(
    judgedNumbers.map(
      (number) => `filter add dev nc${number} ingress bpf direct-action object-pinned /sys/fs/bpf/tollgate/policy`,
    ),
  );
});

test("two namespaces are made before any link needs them", () => {
  expect(lines(namespacesBatch())).toEqual(["netns add client", "netns add server", "link set lo up"]);
  expect(inNamespace("client", ["ip", "addr"])).toEqual(["nsenter", "--net=/run/netns/client", "--", "ip", "addr"]);
});

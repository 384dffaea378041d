import { describe, expect, test } from "vitest";
import { CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import { MOST_ROADS, planRoads, type Link } from "./address-plan.js";

describe("the address plan", () => {
  test("gives each road two networks, three callers and a server", () => {
    const [first, second] = planRoads([scenarioByName("no-policy"), scenarioByName("l4")]);
    expect(first).toMatchObject({
      number: 0,
      callers: { "api-gateway": "198.18.0.2", "finance-batch-job": "198.18.0.3", anyone: "198.18.0.4" },
      clientGateway: "198.18.0.1",
      serverGateway: "198.18.1.1",
      server: "198.18.1.2",
      redirect: null,
    });
    expect(second).toMatchObject({ number: 1, clientGateway: "198.18.2.1", server: "198.18.3.2", redirect: null });
  });

  test("marks packets as Cilium does: port in network byte order above MARK_MAGIC_TO_PROXY", () => {
    const [road] = planRoads([scenarioByName("l7")]);
    expect(road?.redirect).toEqual({ envoy: null, proxyPort: 10_001, mark: 0x1127_0200 });
    expect(Buffer.from([0x27, 0x11]).readUInt16BE()).toBe(10_001);
  });

  test("keeps the Envoy that a preview names", () => {
    const [road] = planRoads([scenarioByName("l7@1.36.4")]);
    expect(road?.redirect?.envoy).toBe("1.36.4");
  });

  test("shares no address, link, MAC address, port or mark between roads, up to the last", () => {
    const scenarios = Array.from({ length: MOST_ROADS }, () => scenarioByName("l7"));
    const roads = planRoads(scenarios);
    const distinct = (values: readonly unknown[]): number => new Set(values).size;
    const addresses = roads.flatMap((r) => [...Object.values(r.callers), r.clientGateway, r.serverGateway, r.server]);
    const links = roads.flatMap((road) => Object.values<Link>({ ...road.links }));
    expect(distinct(addresses)).toBe(6 * MOST_ROADS);
    expect(addresses.filter((address) => !/^198\.1[89]\./.test(address))).toEqual([]);
    expect(distinct(links.map(({ name }) => name))).toBe(4 * MOST_ROADS);
    expect(distinct(links.map(({ mac }) => mac))).toBe(4 * MOST_ROADS);
    expect(distinct(roads.map((road) => road.redirect?.proxyPort))).toBe(MOST_ROADS);
    expect(distinct(roads.map((road) => road.redirect?.mark))).toBe(MOST_ROADS);
    expect(roads.at(-1)?.links.client.mac).toBe("02:00:00:00:ff:02");
  });

  test("refuses more roads than it has addresses", () => {
    const many = Array.from({ length: MOST_ROADS + 1 }, () => scenarioByName("l4"));
    expect(() => planRoads(many)).toThrow("the lab has addresses for 256 roads");
  });

  test("redirects exactly the roads of the catalogue that have a proxy", () => {
    const redirected = planRoads(CATALOGUE).filter((road) => road.redirect !== null);
    expect(redirected.map((road) => road.scenario.name)).toEqual(
      CATALOGUE.filter((scenario) => scenario.promise.proxied !== "none").map((scenario) => scenario.name),
    );
  });
});

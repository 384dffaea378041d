import { describe, expect, test } from "vitest";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { planRoads } from "./address-plan.js";
import { nftConfig } from "./nft-config.js";

const roads = planRoads(["no-policy", "l4", "l7", "l7-tls"].map(scenarioByName));

const rulesOf = (text: string | null): string[] =>
  (text ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.endsWith("accept") || line.includes("meta mark set"));

describe("the redirect", () => {
  test("turns marked packets of proxied roads to their own listener, by one look-up for all roads", () => {
    expect(rulesOf(nftConfig(roads, { marks: "ebpf" }))).toEqual([
      'iifname != { "nc2", "ns2", "nc3", "ns3" } accept',
      "socket transparent 1 meta mark set 0x00000200 accept",
      "meta l4proto tcp tproxy to 127.0.0.1:meta mark map { 0x13270200 : 10003, 0x14270200 : 10004 } meta mark set 0x00000200 accept",
    ]);
  });

  test("marks by address where no eBPF program can, the known callers only", () => {
    expect(rulesOf(nftConfig(roads, { marks: "nft" }))[1]).toBe(
      "tcp dport 50051 meta mark set ip saddr map { 198.18.4.2 : 0x13270200, 198.18.4.3 : 0x13270200, " +
        "198.18.6.2 : 0x14270200, 198.18.6.3 : 0x14270200 }",
    );
  });

  test("is not there at all when no road has a proxy", () => {
    expect(nftConfig(roads.slice(0, 2), { marks: "ebpf" })).toBeNull();
  });
});

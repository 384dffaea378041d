import { describe, expect, test } from "vitest";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { ms } from "../../loadgen/units.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { HEADLINE_MIX, STANDARD_MIX } from "../../scenarios/standard-mix.js";
import { planRoads, type RoadPlan } from "./address-plan.js";
import { loadOrderOf, targetOf, type CallContext } from "./lab-calls.js";
import type { LabCertificates } from "./lab-certificates.js";

const context: CallContext = {
  proxyAlpn: false,
  certificates: {
    interceptionCa: { certPem: "interception" },
    serverCa: { certPem: "server" },
  } as LabCertificates,
};
const road = (name: string): RoadPlan => planRoads([scenarioByName(name)])[0] as RoadPlan;

describe("a target", () => {
  test("is the road's own server, called from the caller's own address", () => {
    expect(targetOf(road("l7"), "finance-batch-job", context)).toMatchObject({
      host: "198.18.1.2",
      port: 50051,
      localAddress: "198.18.0.3",
      authority: "payments.lab",
      tls: null,
    });
  });

  test("of a TLS road trusts the server's authority and insists on ALPN", () => {
    expect(targetOf(road("tls"), "api-gateway", context).tls).toMatchObject({
      ca: "server",
      servername: "payments.lab",
      allowMissingAlpn: false,
    });
  });

  test("of an intercepted road trusts the interception authority only, and does without ALPN as Cilium's clients must", () => {
    expect(targetOf(road("l7-tls"), "api-gateway", context).tls).toMatchObject({
      ca: "interception",
      allowMissingAlpn: true,
    });
    const negotiated = targetOf(road("l7-tls"), "api-gateway", { ...context, proxyAlpn: true });
    expect(negotiated.tls?.allowMissingAlpn).toBe(false);
  });
});

describe("the order for a window", () => {
  const plan = (mix: LoadPlan["mix"]): LoadPlan => ({ mix }) as LoadPlan;
  const order = (name: string, met: boolean, mix: LoadPlan = plan(HEADLINE_MIX)) =>
    loadOrderOf(road(name), { plan: mix, transport: "lean" }, { ...context, met });

  test("has a target for each caller of the mix", () => {
    expect(Object.keys(order("l7", true, plan(STANDARD_MIX)).targets).sort()).toEqual([
      "api-gateway",
      "finance-batch-job",
    ]);
    expect(Object.keys(order("l7", true).targets)).toEqual(["api-gateway"]);
  });

  test("waits after the first priming call where Envoy meets the server for the first time, and only there", () => {
    expect(order("l7", false).plan.primeSettleNs).toBe(ms(100));
    expect(order("l7", true).plan.primeSettleNs).toBeUndefined();
    expect(order("no-policy", false).plan.primeSettleNs).toBeUndefined();
  });

  test("leaves a pause that the plan itself asks for", () => {
    const own = { ...plan(HEADLINE_MIX), primeSettleNs: ms(5) };
    expect(order("l7", false, own).plan.primeSettleNs).toBe(ms(5));
  });
});

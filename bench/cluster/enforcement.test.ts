import { describe, expect, test } from "vitest";
import { EXIT, type Fault } from "../../loadgen/fault.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { awaitEnforcement, unmet, wantedOf, type EndpointFacts } from "./enforcement.js";

function facts(
  pod: string,
  more: Partial<EndpointFacts["endpoint"]> = {},
  redirects: EndpointFacts["redirects"] = [],
): EndpointFacts {
  return {
    endpoint: {
      id: 812,
      identity: 5000,
      pod: { namespace: "tollgate-1", name: pod },
      state: "ready",
      realizedRevision: 7,
      proxyRevision: null,
      enforced: "none",
      proxy: [],
      ...more,
    },
    wantedRevision: 7,
    redirects,
  };
}

const wanted = (road: string) => wantedOf(scenarioByName(road), "server", ["caller"]);
const never = new AbortController().signal;

describe("what a road promises of its endpoints", () => {
  test("no policy: neither end is bound, and nothing is redirected", () => {
    expect(unmet(wanted("no-policy"), [facts("server"), facts("caller")])).toEqual([]);
    expect(unmet(wanted("no-policy"), [facts("server", { enforced: "ingress" }), facts("caller")])).toEqual([
      "no-policy: endpoint 812 (server) has policy enforcement ingress, not none",
    ]);
  });

  test("l4: the server is bound on ingress, without Envoy", () => {
    expect(unmet(wanted("l4"), [facts("server", { enforced: "ingress" }), facts("caller")])).toEqual([]);
    expect(unmet(wanted("l4"), [facts("server", { enforced: "ingress" }, ["ingress"]), facts("caller")])).toEqual([
      "l4: endpoint 812 (server) is redirected to Envoy on ingress, not on no direction",
    ]);
  });

  test("l7: the server is bound on ingress and redirected to Envoy", () => {
    expect(unmet(wanted("l7"), [facts("server", { enforced: "ingress" }, ["ingress"]), facts("caller")])).toEqual([]);
    expect(unmet(wanted("l7"), [facts("server", { enforced: "ingress" }), facts("caller")])).toHaveLength(1);
  });

  test("l7-tls: the callers are bound on egress and redirected", () => {
    expect(unmet(wanted("l7-tls"), [facts("server"), facts("caller", { enforced: "egress" }, ["egress"])])).toEqual([]);
  });

  test("a pod without an endpoint, and one whose datapath is behind its policies, are not there yet", () => {
    expect(unmet(wanted("no-policy"), [facts("caller", { realizedRevision: 6 })])).toEqual([
      "no-policy: pod server has no Cilium endpoint",
      "no-policy: endpoint 812 (caller) has policy revision 6, not 7",
    ]);
  });
});

describe("waiting for it", () => {
  test("ends as soon as it holds", async () => {
    let reads = 0;
    const read = (): Promise<EndpointFacts[]> => {
      reads++;
      const enforced = reads > 2 ? "ingress" : "none";
      return Promise.resolve([facts("server", { enforced }), facts("caller")]);
    };
    await awaitEnforcement(wanted("l4"), read, 5_000, never);
    expect(reads).toBe(3);
  });

  async function fault(read: readonly EndpointFacts[], road: string): Promise<Fault> {
    const caught: unknown = await awaitEnforcement(wanted(road), () => Promise.resolve(read), 0, never).catch(
      (error: unknown) => error,
    );
    return caught as Fault;
  }

  test("ends with what is missing: an endpoint that regenerates for ever, as under the article's policy", async () => {
    const stuck = facts("server", { state: "regenerating" });
    const { text, exitCode } = await fault([stuck, facts("caller")], "l7");
    expect(text.seen).toContain("l7: endpoint 812 (server) is regenerating, not ready");
    expect(text.try).toContain("a policy that Envoy or the agent refuses, or a TLS Secret that is not found");
    expect(exitCode).toBe(EXIT.invalid);
  });

  test("names the L7 proxy that is off, where the policy was refused and everything is open", async () => {
    const { text } = await fault([facts("server"), facts("caller")], "l7");
    expect(text.try).toContain("enable-l7-proxy=false");
  });

  test("stops when the user does", async () => {
    const signal = AbortSignal.abort(new Error("ended by the user"));
    await expect(awaitEnforcement([], () => Promise.resolve([]), 5_000, signal)).rejects.toThrow("ended by the user");
  });
});

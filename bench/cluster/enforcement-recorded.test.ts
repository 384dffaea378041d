/** The traps of enforcement, on what real agents answered while they were caught in them. */
import { expect, test } from "vitest";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { openAgent } from "./cilium-agent.js";
import { readEndpoints, readPolicyRevision } from "./cilium-endpoints.js";
import { CILIUM_NAMESPACE, findCilium } from "./cilium-install.js";
import { readStatus } from "./cilium-status.js";
import { unmet, wantedOf, type DatapathFacts } from "./enforcement.js";
import type { RecordingName } from "./testing/recording.js";
import { scriptedKubectl } from "./testing/scripted-kubectl.js";

async function factsOf(recording: RecordingName): Promise<DatapathFacts> {
  const { kubectl } = scriptedKubectl({ recording });
  const { agents } = await findCilium(kubectl);
  const agent = openAgent(kubectl, agents[0]?.pod ?? "", CILIUM_NAMESPACE);
  const wantedRevision = await readPolicyRevision(agent);
  const endpoints = await readEndpoints(agent);
  const { redirects } = await readStatus(agent);
  return endpoints.map((endpoint) => ({
    endpoint,
    wantedRevision,
    redirects: redirects
      .filter((redirect) => redirect.endpoint === endpoint.id && redirect.port === PAYMENTS_PORT)
      .map(({ direction }) => direction),
  }));
}

const missing = async (recording: RecordingName, road: string, server: string): Promise<string[]> =>
  unmet(wantedOf(scenarioByName(road), server, ["gw"]), await factsOf(recording));

test("a road without policy, and an L7 policy that is in force, are what they shall be", async () => {
  expect(await missing("1.18.4-no-policy", "no-policy", "payments-plain")).toEqual([]);
  expect(await missing("1.18.4-l7", "l7", "payments-plain")).toEqual([]);
});

test("an L7 policy is not taken for none, nor for L4", async () => {
  expect(await missing("1.18.4-l7", "no-policy", "payments-plain")).not.toEqual([]);
  expect(await missing("1.18.4-l7", "l4", "payments-plain")).not.toEqual([]);
});

test("the article's policy, Valid as it is, is not in force", async () => {
  expect((await missing("1.18.4-article", "l7", "payments-plain")).join("\n")).toMatch(
    /policy revision|not ready|redirected/,
  );
});

test("with the L7 proxy off an L7 policy is not in force at all: everything stays open", async () => {
  const unmetThere = await missing("1.18.4-l7-off", "l7", "payments-plain");
  expect(unmetThere.join("\n")).toMatch(/enforcement none, not ingress/);
  expect(await missing("1.18.4-l7-off", "no-policy", "payments-plain")).toEqual([]);
});

test("interception without its Secrets looks as if it were in force: only a call that must pass finds it out", async () => {
  expect(await missing("1.18.4-missing-secrets", "l7-tls", "payments-tls")).toEqual([]);
});

import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { DriverHeld } from "./held-stream.js";
import type { Pod } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { sweepEnded, untilItSucceeds } from "./restore-stand.js";
import { somePlan } from "./run-plan.test-helper.js";

const never = new AbortController().signal;
const soon = { withinMs: 60_000, tryAgainMs: 1 };

describe("what is tried until it succeeds", () => {
  test("is tried again after a Fault", async () => {
    let tries = 0;
    const attempt = (): Promise<string> =>
      ++tries < 3 ? Promise.reject(new Fault({ fact: "the agent is not there yet" })) : Promise.resolve("stands");
    expect(await untilItSucceeds(attempt, soon, never)).toBe("stands");
    expect(tries).toBe(3);
  });

  test("ends with the last Fault when the time is over, and at once with a bug, an interruption, or a driver that is not ours", async () => {
    const late = untilItSucceeds(
      () => Promise.reject(new Fault({ fact: "no agent" })),
      { ...soon, withinMs: 0 },
      never,
    );
    await expect(late).rejects.toThrow("no agent");
    const bug = untilItSucceeds(() => Promise.reject(new TypeError("a bug")), soon, never);
    await expect(bug).rejects.toThrow("a bug");
    const theirs = new DriverHeld({ quietMs: 0, isConnected: true });
    await expect(untilItSucceeds(() => Promise.reject(theirs), soon, never)).rejects.toBe(theirs);
    const user = new AbortController();
    const interrupted = untilItSucceeds(
      () => (user.abort(new Error("Ctrl-C")), Promise.reject(new Fault({ fact: "no agent" }))),
      soon,
      user.signal,
    );
    await expect(interrupted).rejects.toThrow("Ctrl-C");
  });
});

describe("pods that have ended", () => {
  const pod = (name: string, metadata: Partial<Pod["metadata"]> = {}): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { nodeName: "n1", containers: [] },
    status: { phase: "Running" },
  });
  const going = pod("payments-l7", { deletionTimestamp: "2026-01-01T00:00:00Z" });

  function cluster(...looks: readonly (readonly Pod[])[]): { kubectl: Kubectl; log: string[] } {
    const log: string[] = [];
    let look = 0;
    const kubectl = {
      delete: (kinds: readonly string[], labels: object, { fields }: { fields: string }) => {
        log.push(`delete ${kinds.join()} of run ${Object.values(labels).join()} with ${fields}`);
        return Promise.resolve();
      },
      list: () => {
        log.push("look");
        return Promise.resolve(looks[Math.min(look++, looks.length - 1)]);
      },
    } as unknown as Kubectl;
    return { kubectl, log };
  }

  test("are taken away, those of this run only, and those that are going are waited for", async () => {
    const { kubectl, log } = cluster([going], [pod("driver"), going], [pod("driver")]);
    await sweepEnded({ kubectl, plan: somePlan() }, 60_000, never);
    expect(log).toEqual([
      "delete pods of run tollgate,3f9c01ab with status.phase!=Running,status.phase!=Pending",
      "delete jobs.batch of run tollgate,3f9c01ab with status.successful!=0",
      "look",
      "look",
      "look",
    ]);
  });

  test("and do not go are named with their node", async () => {
    const { kubectl } = cluster([going]);
    const caught: unknown = await sweepEnded({ kubectl, plan: somePlan() }, 0, never).catch((error: unknown) => error);
    expect((caught as Fault).text).toMatchObject({
      fact: "pod payments-l7 is being deleted and does not go",
      seen: "on node n1",
    });
  });
});

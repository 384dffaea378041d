import { describe, expect, test } from "vitest";
import { renderFault } from "../../loadgen/fault.js";
import { KubectlFault } from "./kubectl-fault.js";
import { openKubectl } from "./kubectl-command.js";
import { loadRecording, type RecordedAnswer } from "./testing/recording.js";

const failures = loadRecording("failures").answers;

/** What tollgate makes of a recorded failure. */
async function faultOf({ exitCode, stderr = "" }: RecordedAnswer): Promise<KubectlFault> {
  const run = (): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
    Promise.resolve({ exitCode, stdout: "", stderr });
  const kubectl = openKubectl({ context: "prod", namespace: "bench", env: {}, run });
  const error: unknown = await kubectl.raw("/x").catch((reason: unknown) => reason);
  if (error instanceof KubectlFault) return error;
  throw new Error("no KubectlFault");
}

describe("what kubectl says when it fails", () => {
  test.each(failures.map((failure) => [failure.cause ?? "other", failure.ask, failure] as const))(
    "is told apart: %s from %s",
    async (cause, _, failure) => {
      expect((await faultOf(failure)).reason).toBe(cause);
    },
  );

  test("covers every cause that a cluster can give by itself", () => {
    expect([...new Set(failures.map(({ cause }) => cause))].sort()).toMatchInlineSnapshot(`
      [
        "condition-timeout",
        "conflict",
        "forbidden",
        "no-context",
        "not-found",
        "pod-security",
        "quota",
        "rejected",
        "terminating",
        "unauthorized",
        "unknown-kind",
        "unreachable",
      ]
    `);
  });

  test("becomes a fact, kubectl's own last words, and the way out", async () => {
    const texts = await Promise.all(failures.map(async (failure) => renderFault(await faultOf(failure))));
    await expect([...new Set(texts)].join("\n\n") + "\n").toMatchFileSnapshot("__golden__/kubectl-failures.txt");
  });

  test("that nobody has seen yet is shown as it is", async () => {
    const fault = await faultOf({ ask: "", exitCode: 1, stderr: "error: the moon is in the wrong phase\n" });
    expect(fault.text).toMatchObject({
      fact: "kubectl failed with exit code 1",
      seen: "error: the moon is in the wrong phase",
    });
  });
});

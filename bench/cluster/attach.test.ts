import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { version } from "../version.js";
import { chooseStand, requireOwnProgram, takeHold } from "./attach.js";
import type { KubeObject, Pod } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { somePlan } from "./run-plan.test-helper.js";
import type { StandRequest } from "./run-stand.js";
import { describeStand, standSecret, type Stand } from "./stand.js";

const OPTIONS = {
  image: "i",
  placement: null,
  generators: 1,
  via: "service",
  nodeSelector: {},
  tolerations: [],
} as const;
const never = new AbortController().signal;

function stand(record: string, run = "3f9c01ab"): Stand {
  const plan = somePlan({ run, namespace: `tollgate-${run}`, scenarios: [scenarioByName("l4")] });
  return describeStand(record, { plan, ownsNamespace: true } as StandRequest, OPTIONS);
}

/** As the API server gives a Secret back. */
function stored(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret as KubeObject & { stringData: Record<string, string> };
  const data = Object.fromEntries(
    Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  return { ...rest, metadata: { ...rest.metadata, creationTimestamp: "2026-11-28T20:39:05Z" }, data };
}

function cluster(...stands: readonly Stand[]): Kubectl {
  const secrets = stands.map((one) => stored(standSecret(one)));
  const namespaces = secrets.map(({ metadata }) => ({ metadata: { ...metadata, name: metadata.namespace } }));
  return {
    context: "prod",
    list: () => Promise.resolve(namespaces),
    get: (_: string, { namespace }: { namespace: string }) =>
      Promise.resolve(secrets.find(({ metadata }) => metadata.namespace === namespace) ?? null),
  } as unknown as Kubectl;
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const caught: unknown = await work.catch((error: unknown) => error);
  if (!(caught instanceof Fault)) throw new Error("was not refused", { cause: caught });
  return caught;
}

const A = "20261128-203905-cluster-2367";
const B = "20261128-211500-cluster-77aa";

describe("what to attach to", () => {
  test("is the only run that stands, with all that was written down of it", async () => {
    const found = await chooseStand(cluster(stand(A)), null, null);
    expect(found).toEqual({ ...stand(A), since: "2026-11-28T20:39:05Z" });
    expect(JSON.stringify(found)).not.toContain("console.log(1)"); // the program is this tollgate's own
  });

  test("is named where two stand: by its record, the beginning of it, or what stands", async () => {
    const two = cluster(stand(A), stand(B, "77aa0000"));
    for (const name of [B, "20261128-21", "77aa0000"]) expect((await chooseStand(two, null, name)).record).toBe(B);
    const { text, exitCode } = await faultOf(chooseStand(two, null, null));
    expect(text.fact).toBe("2 runs stand on this context");
    expect(text.seen).toContain(`${A}  since 2026-11-28T20:39:05Z, as 3f9c01ab in tollgate-3f9c01ab\n${B}`);
    expect(text.try).toBe("tollgate run --attach 77aa0000");
    expect(exitCode).toBe(2);
  });

  test("is not there: where it was looked for is said, and how to go on", async () => {
    const { text, exitCode } = await faultOf(chooseStand(cluster(), null, null));
    expect(text).toMatchObject({ fact: "there is no run to attach to on context prod" });
    expect(text.try).toContain("--resume");
    expect(exitCode).toBe(2);
    expect((await faultOf(chooseStand(cluster(), "bench", null))).text.seen).toBe("none, not in namespace bench");
  });

  test("is not what was named: what stands is listed, the nearest offered", async () => {
    const { text } = await faultOf(chooseStand(cluster(stand(A)), null, `${A.slice(0, -1)}8`));
    expect(text.seen).toContain(A);
    expect(text.try).toBe(`tollgate run --attach ${A}`);
  });

  test("is refused with another tollgate's program in its pods", () => {
    const { program } = somePlan();
    expect(() => requireOwnProgram(stand(A), program)).not.toThrow();
    for (const other of [
      { ...stand(A), tollgate: "9.9.9" },
      { ...stand(A), programSha256: "0".repeat(64) },
    ]) {
      expect(() => requireOwnProgram(other, program)).toThrow(
        `run ${A} stands there with the program of another tollgate`,
      );
    }
    expect(stand(A).tollgate).toBe(version);
  });
});

describe("the hold of a stand's driver", () => {
  const driver = (phase: Pod["status"]["phase"]): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "tollgate-driver" },
    spec: { containers: [] },
    status: { phase },
  });

  /** By stream: what the driver says first; null: kubectl finds no process to speak to. */
  function withDriver(
    pod: Pod | null,
    ...answers: readonly (object | null)[]
  ): { kubectl: Kubectl; opened: () => number } {
    let opened = 0;
    const execLines = (_: unknown, __: unknown, onLine: (line: string) => void): Promise<unknown> => {
      const answer = answers[opened++] ?? null;
      if (answer !== null) queueMicrotask(() => onLine(JSON.stringify(answer)));
      const stderr = answer === null ? "the driver does not listen: connect ECONNREFUSED" : "";
      const ended = new Promise((resolve) => setTimeout(resolve, 5)).then(() => ({ exitCode: 1, stdout: "", stderr }));
      return Promise.resolve({ send: () => undefined, closeInput: () => undefined, kill: () => undefined, ended });
    };
    const kubectl = { context: "prod", get: () => Promise.resolve(pod), execLines } as unknown as Kubectl;
    return { kubectl, opened: () => opened };
  }

  const hold = ({ kubectl }: { kubectl: Kubectl }, say: (line: string) => void = () => undefined): Promise<void> =>
    takeHold(stand(A), { kubectl, pod: "tollgate-driver", holder: "me" }, say, never);

  test("is not to be had when the stand has ended by itself: the way to stand it up anew is told", async () => {
    const { text } = await faultOf(hold(withDriver(driver("Succeeded"))));
    expect(text).toMatchObject({
      fact: `what stood for run ${A} has ended by itself`,
      try: `tollgate clean --run 3f9c01ab, then tollgate run --env cluster --resume ${A} with the cluster flags it had`,
    });
  });

  test("is refused while a living command line has it", async () => {
    const refused = { refused: { quietMs: 1_000, isConnected: true } };
    const { text } = await faultOf(hold(withDriver(driver("Running"), refused)));
    expect(text.fact).toBe("another command line holds the driver of this run");
  });

  test("is waited for when the stream of the one before it is broken", async () => {
    const scripted = withDriver(
      driver("Running"),
      { refused: { quietMs: 14_990, isConnected: false } },
      { held: "d1" },
    );
    const said: string[] = [];
    await hold(scripted, (line) => said.push(line));
    expect(scripted.opened()).toBe(2);
    expect(said).toEqual(["the driver gives the lost command line up in 1 s"]);
  });

  test("needs no driver: one that was lost is made anew with what else was lost", async () => {
    const none = withDriver(null);
    await hold(none);
    await hold(withDriver(driver("Failed")));
    expect(none.opened()).toBe(0);
    await hold(withDriver(driver("Running"), null));
  });
});

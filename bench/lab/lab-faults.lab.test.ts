/**
 * A part of the lab dies in the middle of a trial: the trial is void with the reason, the part is replaced, the run goes
 * on; and ends cleanly when that happens too often.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { seconds } from "../../loadgen/units.js";
import { provePath } from "../../results/path-proof.js";
import { REFUSED_METHOD } from "../../scenarios/access-policy.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { HEADLINE_METHOD, share } from "../../scenarios/standard-mix.js";
import type { WindowReading, WindowRequest } from "../environment.js";
import { startLab, type LabEnvironment } from "./lab-environment.js";
import { COMMANDS, descendant, labOptions, SHORT_PLAN } from "./lab.test-helper.js";

const l7 = scenarioByName("l7");
const l7Tls = scenarioByName("l7-tls");
const noSignal = new AbortController().signal;
/** Long enough to be killed in the middle; never driven to its end. */
const LONG_PLAN: LoadPlan = { ...SHORT_PLAN, windowNs: seconds(60) };

let lab: LabEnvironment;

/** Starts a window, waits for its first interval line, then does harm. */
async function measureAndHarm(
  harm: () => void,
  signal: AbortSignal = noSignal,
  wishes: Partial<WindowRequest> = {},
): Promise<WindowReading> {
  const opened = vi.fn();
  const request = { scenario: l7, plan: LONG_PLAN, transport: "lean" as const, programTime: false, ...wishes };
  const measuring = lab.measure({ ...request, onInterval: opened }, signal);
  measuring.catch(() => undefined);
  await vi.waitFor(() => expect(opened).toHaveBeenCalled(), { timeout: 20_000, interval: 10 });
  harm();
  return measuring;
}

function kill(part: keyof typeof COMMANDS, signal: NodeJS.Signals = "SIGKILL"): void {
  process.kill(descendant(process.pid, COMMANDS[part]).pid, signal);
}

async function expectSound(): Promise<void> {
  const request = { scenario: l7, plan: SHORT_PLAN, transport: "lean" as const, programTime: false };
  const { before, after, measurement } = await lab.measure(request, noSignal);
  expect(measurement.books.ok).toBeGreaterThan(0);
  expect(provePath(l7.promise, before, after, measurement)).toMatchObject({ level: "exact", contradictions: [] });
}

/** Nothing of it goes on to the server: an Envoy that has never met it could not prove its path. */
async function expectRefusalsSound(): Promise<void> {
  const plan = { ...SHORT_PLAN, mix: [share(REFUSED_METHOD, 100, "api-gateway")] };
  const request = { scenario: l7Tls, plan, transport: "lean" as const, programTime: false };
  const { before, after, measurement } = await lab.measure(request, noSignal);
  expect(measurement.books.failed.PERMISSION_DENIED).toBeGreaterThan(0);
  expect(provePath(l7Tls.promise, before, after, measurement)).toMatchObject({ level: "exact", contradictions: [] });
}

describe("in the middle of a trial", () => {
  beforeAll(async () => {
    lab = await startLab(labOptions());
    await lab.prepare([scenarioByName("no-policy"), l7, l7Tls], noSignal);
  }, 120_000);
  afterAll(() => lab[Symbol.asyncDispose]());

  test("a killed Envoy voids it, is started anew, and the next trial is sound", async () => {
    await expect(measureAndHarm(() => kill("envoy"))).rejects.toMatchObject({
      text: { fact: "Envoy 1.37.0 ended in the middle of a trial", seen: "it was killed by SIGKILL" },
    });
    expect(await lab.mend()).toEqual(["Envoy 1.37.0 was killed by SIGKILL and was started anew"]);
    await expectRefusalsSound();
    await expectSound();
  });

  test("a killed server voids it, is started anew, and the next trial is sound", async () => {
    await expect(measureAndHarm(() => kill("server"))).rejects.toMatchObject({
      text: { fact: "the payments server ended in the middle of a trial", seen: "it was killed by SIGKILL" },
    });
    expect(await lab.mend()).toContain("the payments server was killed by SIGKILL and was started anew");
    await expectSound();
  });

  test("a killed load worker voids it, is started anew, and the next trial is sound", async () => {
    await expect(measureAndHarm(() => kill("worker"))).rejects.toThrow("was ended by SIGKILL");
    expect(await lab.mend()).toEqual(["the generator was gone and was started anew"]);
    await expectSound();
  });

  test("a killed holder of the eBPF statistics voids it, which would be too low, and the next trial is sound", async () => {
    await expect(measureAndHarm(() => kill("holder"), noSignal, { programTime: true })).rejects.toMatchObject({
      text: {
        fact: "the holder of the kernel's eBPF statistics ended in the middle of a trial",
        seen: "it was killed by SIGKILL",
        so: "the trial is void",
      },
    });
    expect(await lab.mend()).toEqual([]);
    await expectSound();
  });

  test("a stopped holder of the eBPF statistics keeps them on, and nobody waits for it afterwards", async () => {
    const wishes = { plan: { ...SHORT_PLAN, windowNs: seconds(1) }, programTime: true };
    const { programTime } = await measureAndHarm(() => kill("holder", "SIGSTOP"), noSignal, wishes);
    expect(programTime?.runs).toBeGreaterThan(0);
    await expectSound();
  });

  describe("of an anatomy at level full", () => {
    const wishes = { stamps: { level: "full", wakeUps: false } as const };
    let isFull: boolean;
    beforeAll(async () => (isFull = (await lab.loadStamps("full")).level === "full"));

    test("a killed holder of the tracepoints voids it, and the next is stamped again", async ({ skip }) => {
      if (!isFull) skip("this kernel has not the tracepoints");
      await expect(measureAndHarm(() => kill("holder"), noSignal, wishes)).rejects.toMatchObject({
        text: {
          fact: "the holder of the tracepoints ended in the middle of a trial",
          seen: "it was killed by SIGKILL",
        },
      });
      await expectSound();
      const request = { scenario: l7, plan: SHORT_PLAN, transport: "lean" as const, programTime: false, ...wishes };
      const { stamps, measurement } = await lab.measure(request, noSignal);
      expect(stamps?.booked).toBe(measurement.books.totalSent - 1);
    });

    test("a stopped holder of the tracepoints keeps them attached, and nobody waits for it afterwards", async ({
      skip,
    }) => {
      if (!isFull) skip("this kernel has not the tracepoints");
      const short = { ...wishes, plan: { ...SHORT_PLAN, windowNs: seconds(1) } };
      const { stamps, measurement } = await measureAndHarm(() => kill("holder", "SIGSTOP"), noSignal, short);
      expect(stamps?.booked).toBe(measurement.books.totalSent - 1);
      await expectSound(); // its filters are taken off again
    });
  });

  test("a killed supervisor takes the lab with it, which is built anew", async () => {
    await expect(measureAndHarm(() => kill("supervisor"))).rejects.toMatchObject({
      text: { fact: "the lab is gone", seen: "it was killed by SIGKILL" },
    });
    expect(await lab.mend()).toEqual(["the lab was killed by SIGKILL and was built anew"]);
    await expectRefusalsSound();
    await expectSound();
  });

  test("an interruption ends it at once with the reason it was given, and the lab goes on standing", async () => {
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    await expect(measureAndHarm(() => controller.abort(reason), controller.signal)).rejects.toBe(reason);
    expect(await lab.mend()).toEqual([]);
    await expectSound();
  });
});

describe("while roads are tried open and closed", () => {
  const noPolicy = scenarioByName("no-policy");
  const l4 = scenarioByName("l4");
  /** Refused in silence: it takes its whole deadline, so that there is a middle to be killed in. */
  const probeSilence = (): Promise<unknown> => lab.probe(l4, "anyone", HEADLINE_METHOD);
  const soon = { timeout: 20_000, interval: 10 };

  beforeAll(async () => {
    lab = await startLab(labOptions());
    await lab.prepare([noPolicy, l4], noSignal);
  }, 120_000);
  afterAll(() => lab[Symbol.asyncDispose]());

  test("a probing process that is killed between two probes is started anew", async () => {
    expect(await lab.probe(noPolicy, "api-gateway", HEADLINE_METHOD)).toMatchObject({ seen: "OK" });
    kill("prober");
    expect(await lab.probe(noPolicy, "api-gateway", HEADLINE_METHOD)).toMatchObject({ seen: "OK" });
  });

  test("one that is killed in the middle of a probe is started anew, and the probe is made again", async () => {
    expect(await lab.probe(noPolicy, "api-gateway", HEADLINE_METHOD)).toMatchObject({ seen: "OK" });
    const probing = probeSilence();
    kill("prober");
    expect(await probing).toMatchObject({ seen: "silence" });
  });

  test("one that is stopped is killed after a while, and the probe is made by another", async () => {
    expect(await lab.probe(noPolicy, "api-gateway", HEADLINE_METHOD)).toMatchObject({ seen: "OK" });
    kill("prober", "SIGSTOP");
    expect(await lab.probe(noPolicy, "api-gateway", HEADLINE_METHOD)).toMatchObject({ seen: "OK" });
  });

  test("one that is stopped does not keep the next window waiting for ever", async () => {
    expect(await lab.probe(noPolicy, "api-gateway", HEADLINE_METHOD)).toMatchObject({ seen: "OK" });
    kill("prober", "SIGSTOP");
    const request = { scenario: noPolicy, plan: SHORT_PLAN, transport: "lean" as const, programTime: false };
    expect((await lab.measure(request, noSignal)).measurement.books.ok).toBeGreaterThan(0);
  });

  test("one that dies again and again is a Fault, not a hang, and the next probe is made", async () => {
    let known: unknown;
    const probing = probeSilence().catch((error: unknown) => (known = error));
    await vi.waitFor(() => {
      if (known === undefined) kill("prober");
      expect(known).toBeDefined();
    }, soon);
    await probing;
    expect(known).toMatchObject({
      text: { fact: "the probing process died 3 times in one probe", seen: "the last time it was killed by SIGKILL" },
    });
    expect(await lab.probe(noPolicy, "api-gateway", HEADLINE_METHOD)).toMatchObject({ seen: "OK" });
  });
});

test("a part that dies again and again ends the run", async () => {
  await using frail = await startLab(labOptions());
  await frail.prepare([scenarioByName("no-policy")], noSignal);
  const soon = { timeout: 20_000, interval: 10 };
  for (let time = 1; time <= 5; time++) {
    kill("server");
    await vi.waitFor(async () => expect(await frail.mend()).toHaveLength(1), soon);
  }
  kill("server");
  await vi.waitFor(() => expect(frail.mend()).rejects.toThrow("the payments server died 6 times"), soon);
});

test("an interruption is heeded though the supervisor hangs", async () => {
  lab = await startLab(labOptions());
  try {
    await lab.prepare([scenarioByName("no-policy"), l7], noSignal);
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const stopAndInterrupt = (): void => {
      process.kill(descendant(process.pid, COMMANDS.supervisor).pid, "SIGSTOP");
      controller.abort(reason);
    };
    await expect(measureAndHarm(stopAndInterrupt, controller.signal)).rejects.toBe(reason);
  } finally {
    await lab[Symbol.asyncDispose]();
  }
});

describe("an Envoy that does not start", () => {
  test("says why, and leaves no lab behind", async () => {
    await using broken = await startLab(labOptions({ envoy: process.execPath }));
    await expect(broken.prepare([l7], noSignal)).rejects.toThrow("is no Envoy that runs here");
  });
});

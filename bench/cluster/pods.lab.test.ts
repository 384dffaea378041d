/**
 * The pods' program without a cluster: each pod is a process on a loopback address of its own. Needs `npm run build`.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { SOME_PLAN } from "../../loadgen/testing/virtual-trial.js";
import { ms, perSecond, seconds } from "../../loadgen/units.js";
import { packageRoot } from "../../proto/package-root.js";
import { paymentsPath } from "../../proto/payments.js";
import { join } from "node:path";
import { startProcess, type LineProcess } from "../lab/processes.js";
import { RequestLink, type FromAnswerer } from "../request-link.js";
import type { DriverCalls, HoldAnswer, RoadOrder } from "./pod-protocol.js";

const PROGRAM = join(packageRoot, "dist/pods/program.mjs");
const TOKEN = "0123456789abcdef";
const SERVER = { pod: "payments-no-policy", ip: "127.31.0.1" };
const GENERATORS = [
  { pod: "api-gateway-no-policy-0", ip: "127.31.0.2", caller: "api-gateway" },
  { pod: "api-gateway-no-policy-1", ip: "127.31.0.3", caller: "api-gateway" },
  { pod: "finance-batch-job-no-policy-0", ip: "127.31.0.4", caller: "finance-batch-job" },
] as const;

const processes: LineProcess[] = [];
let link: RequestLink<DriverCalls>;
let relay: LineProcess;

interface PodWish {
  readonly token?: string;
  readonly flags?: readonly string[];
  readonly graceSeconds?: number;
}

async function startPod(
  role: string,
  ip: string,
  { token = TOKEN, flags = [], graceSeconds = 600 }: PodWish = {},
): Promise<LineProcess> {
  const pod = await startProcess({
    name: role,
    command: [
      "env",
      `POD_IP=${ip}`,
      `TOLLGATE_TOKEN=${token}`,
      process.execPath,
      "--expose-gc",
      ...flags,
      PROGRAM,
      role,
      String(graceSeconds),
    ],
  });
  processes.push(pod);
  return pod;
}

interface Relayed {
  readonly link: RequestLink<DriverCalls>;
  readonly relay: LineProcess;
}

/** A command line's stream to the driver; `again`: one whose stream broke. */
async function openRelay(holder: string, again?: RequestLink<DriverCalls>): Promise<Relayed> {
  let hearHeld: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (hearHeld = resolve));
  const link = again ?? new RequestLink<DriverCalls>((message) => senders.get(link)?.(message), "the driver");
  const relay = await startProcess({
    name: "relay",
    command: [process.execPath, PROGRAM, "relay"],
    onMessage: (message) => {
      if ("held" in (message as HoldAnswer)) hearHeld();
      else link.hear(message as FromAnswerer);
    },
  });
  processes.push(relay);
  senders.set(link, (message) => relay.send(message));
  relay.send({ hold: holder });
  await held;
  return { link, relay };
}

const senders = new Map<RequestLink<DriverCalls>, (message: unknown) => void>();

function road(generators: RoadOrder["generators"] = GENERATORS): RoadOrder {
  return {
    scenario: "no-policy",
    server: SERVER,
    generators,
    target: {
      host: SERVER.ip,
      port: 50051,
      localAddress: null,
      authority: "payments",
      connectTimeoutNs: seconds(2),
      literalHeaders: false,
      tls: null,
    },
    isProxied: false,
  };
}

const MIX: LoadPlan["mix"] = [
  share("ProcessPayment", 60, "api-gateway"),
  share("GetPaymentStatus", 38, "api-gateway"),
  share("GenerateFinancialReport", 20, "finance-batch-job"),
];

function share(
  method: "ProcessPayment" | "GetPaymentStatus" | "GenerateFinancialReport",
  weight: number,
  caller: "api-gateway" | "finance-batch-job",
): LoadPlan["mix"][number] {
  return { method, path: paymentsPath(method), weight, caller, payload: { kind: "payments" } };
}

const OPEN: LoadPlan = {
  ...SOME_PLAN,
  loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(400) }, overflow: "queue" },
  mix: MIX,
  warmupNs: ms(100),
  windowNs: ms(500),
  drainNs: seconds(1),
  connections: 4,
  timeoutNs: seconds(2),
  idle: "hybrid",
  intervalNs: ms(100),
};
const CLOSED: LoadPlan = {
  ...OPEN,
  loop: { kind: "closed", inFlight: 1, connectionPerCall: false },
  mix: MIX.slice(0, 1),
  connections: 1,
};

beforeAll(async () => {
  await Promise.all([
    startPod("server", SERVER.ip),
    startPod("driver", "127.0.0.1"),
    ...GENERATORS.map(({ ip }) => startPod("generator", ip)),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  ({ link, relay } = await openRelay("one command line"));
});

afterAll(async () => {
  for (const one of processes) one.kill();
  await Promise.all(processes.map((one) => one.ended));
});

describe("the driver", () => {
  test("reaches every pod of a road", async () => {
    const { clockSkewMs } = await link.call("up", { isCrossNode: false, roads: [road()] });
    expect(Math.abs(clockSkewMs)).toBeLessThan(1_000);
  });

  test("tries a road as a caller and as one whom no rule names", async () => {
    for (const caller of ["api-gateway", "anyone"] as const) {
      const probe = await link.call("probe", { scenario: "no-policy", caller, method: "ProcessPayment" });
      expect(probe.seen).toBe("OK");
    }
  });

  test("splits one schedule among pods of two callers: what they sent is what the server counted", async () => {
    const lines: number[] = [];
    const reading = await link.call(
      "measure",
      { scenario: "no-policy", plan: OPEN, transport: "lean", mark: null },
      { onInterval: (line) => lines.push(line.sent) },
    );
    const { books, methods, series, health } = reading.measurement;
    expect(health.workers).toBe(3);
    expect(books.scheduled).toBe(books.sent + books.unsent);
    expect(lines.reduce((sum, sent) => sum + sent, 0)).toBe(books.sent);
    for (const { method, totalSent, ok } of methods) {
      expect(totalSent, method).toBeGreaterThan(0);
      expect((reading.after.calls[method] ?? 0) - (reading.before.calls[method] ?? 0), method).toBe(totalSent);
      const service = series.find((one) => one.method === method && one.quantity === "service");
      expect(service?.histogram.count, method).toBe(ok);
    }
    expect(reading.cpu?.processes.map(({ role }) => role)).toEqual(["generator", "server"]);
  });

  test("drives one call in flight from one pod alone", async () => {
    const { measurement } = await link.call("measure", {
      scenario: "no-policy",
      plan: CLOSED,
      transport: "lean",
      mark: null,
    });
    expect(measurement.health.workers).toBe(1);
    expect(measurement.books.ok).toBeGreaterThan(50);
  });

  test("measures a trial to its end whose stream breaks, and answers once over the stream that is opened then", async () => {
    const ask = {
      scenario: "no-policy",
      plan: { ...CLOSED, windowNs: seconds(1) },
      transport: "lean",
      mark: null,
    } as const;
    const before = await link.call("measure", { ...ask, plan: CLOSED });
    let isUnderWay = (): void => undefined;
    const underWay = new Promise<void>((resolve) => (isUnderWay = resolve));
    const measuring = link.call("measure", ask, { onInterval: () => isUnderWay() });
    await underWay;
    relay.kill();
    await relay.ended;
    ({ relay } = await openRelay("one command line", link));
    link.askAgain();
    const { measurement, before: opening, after } = await measuring;
    expect(opening).toEqual(before.after); // one window lies between the two, and no other
    expect(after.calls["ProcessPayment"]! - opening.calls["ProcessPayment"]!).toBe(measurement.books.totalSent);
    expect((await link.call("kept", null))?.answer).toEqual({ ...(await measuring) });
  });

  test("voids the trial of a pod that is lost, at once, and names it; reaching the others again goes on", async () => {
    const measuring = link.call("measure", {
      scenario: "no-policy",
      plan: { ...OPEN, windowNs: seconds(5) },
      transport: "lean",
      mark: null,
    });
    setTimeout(() => processes[3]?.kill(), 800);
    await expect(measuring).rejects.toThrow(/pod api-gateway-no-policy-1\) hung up|load worker 1/);
    await link.call("up", { isCrossNode: false, roads: [road([GENERATORS[0], GENERATORS[2]])] });
    const { measurement } = await link.call("measure", {
      scenario: "no-policy",
      plan: OPEN,
      transport: "lean",
      mark: null,
    });
    expect(measurement.health.workers).toBe(2);
  });

  test("a pod that holds another token gives nothing", async () => {
    await startPod("server", "127.31.0.9", { token: "another token 99" });
    await expect(
      link.call("up", {
        isCrossNode: false,
        roads: [{ ...road([GENERATORS[0]]), server: { pod: "foreign", ip: "127.31.0.9" } }],
      }),
    ).rejects.toThrow("the payments server in pod foreign hung up");
  });

  test("a server whose node's clock is wrong is told by how much", async () => {
    const ahead = "data:text/javascript,const now=Date.now;Date.now=()=>now()+7000";
    await startPod("server", "127.31.0.10", { flags: ["--import", ahead] });
    const server = { pod: "ahead", ip: "127.31.0.10" };
    const { clockSkewMs } = await link.call("up", {
      isCrossNode: false,
      roads: [{ ...road([GENERATORS[0]]), server }],
    });
    expect(clockSkewMs).toBeGreaterThan(6_000);
    expect(clockSkewMs).toBeLessThan(8_000);
  });
});

describe("pods that nobody holds", () => {
  test("end well, and so does what the driver holds when it was left alone itself", { timeout: 60_000 }, async () => {
    const graceSeconds = 3;
    const left = await startPod("server", "127.31.0.20", { graceSeconds });
    await expect(left.ended).resolves.toMatchObject({ code: 0 });

    for (const pod of processes.splice(0)) {
      pod.kill();
      await pod.ended;
    }
    const held = [await startPod("server", SERVER.ip), await startPod("generator", GENERATORS[0].ip)];
    const driver = await startPod("driver", "127.0.0.1", { graceSeconds });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const lost = await openRelay("one command line");
    await lost.link.call("up", { isCrossNode: false, roads: [road([GENERATORS[0]])] });
    lost.relay.kill();
    for (const pod of [driver, ...held]) await expect(pod.ended, pod.name).resolves.toMatchObject({ code: 0 });
  });
});

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
import type { DriverCalls, RoadOrder } from "./pod-protocol.js";

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

async function startPod(role: string, ip: string, token = TOKEN, flags: readonly string[] = []): Promise<LineProcess> {
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
    ],
  });
  processes.push(pod);
  return pod;
}

async function openRelay(): Promise<RequestLink<DriverCalls>> {
  let send = (_message: unknown): void => undefined;
  const requests = new RequestLink<DriverCalls>((message) => send(message), "the driver");
  const relay = await startProcess({
    name: "relay",
    command: [process.execPath, PROGRAM, "relay"],
    onMessage: (message) => requests.hear(message as FromAnswerer),
  });
  processes.push(relay);
  send = (message) => relay.send(message);
  return requests;
}

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
  link = await openRelay();
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
      { scenario: "no-policy", plan: OPEN, transport: "lean" },
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
    const { measurement } = await link.call("measure", { scenario: "no-policy", plan: CLOSED, transport: "lean" });
    expect(measurement.health.workers).toBe(1);
    expect(measurement.books.ok).toBeGreaterThan(50);
  });

  test("voids the trial of a pod that is lost, at once, and names it; reaching the others again goes on", async () => {
    const measuring = link.call("measure", {
      scenario: "no-policy",
      plan: { ...OPEN, windowNs: seconds(5) },
      transport: "lean",
    });
    setTimeout(() => processes[3]?.kill(), 800);
    await expect(measuring).rejects.toThrow(/pod api-gateway-no-policy-1\) hung up|load worker 1/);
    await link.call("up", { isCrossNode: false, roads: [road([GENERATORS[0], GENERATORS[2]])] });
    const { measurement } = await link.call("measure", { scenario: "no-policy", plan: OPEN, transport: "lean" });
    expect(measurement.health.workers).toBe(2);
  });

  test("a pod that holds another token gives nothing", async () => {
    await startPod("server", "127.31.0.9", "another token 99");
    await expect(
      link.call("up", {
        isCrossNode: false,
        roads: [{ ...road([GENERATORS[0]]), server: { pod: "foreign", ip: "127.31.0.9" } }],
      }),
    ).rejects.toThrow("the payments server in pod foreign hung up");
  });

  test("a server whose node's clock is wrong is told by how much", async () => {
    const ahead = "data:text/javascript,const now=Date.now;Date.now=()=>now()+7000";
    await startPod("server", "127.31.0.10", TOKEN, ["--import", ahead]);
    const server = { pod: "ahead", ip: "127.31.0.10" };
    const { clockSkewMs } = await link.call("up", {
      isCrossNode: false,
      roads: [{ ...road([GENERATORS[0]]), server }],
    });
    expect(clockSkewMs).toBeGreaterThan(6_000);
    expect(clockSkewMs).toBeLessThan(8_000);
  });
});

/**
 * What eight generator pods measured is merged without loss: bucket by bucket, the merged histogram holds the sum of
 * theirs. Each pod is a process on a loopback address of its own. Needs `npm run build`.
 */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LatencyHistogram } from "../../loadgen/histogram.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import type { Measurement } from "../../loadgen/measurement.js";
import { SOME_PLAN } from "../../loadgen/testing/virtual-trial.js";
import { ms, perSecond, seconds } from "../../loadgen/units.js";
import type { FromWorker } from "../../loadgen/worker-protocol.js";
import { WorkerPool } from "../../loadgen/workers.js";
import { packageRoot } from "../../proto/package-root.js";
import { paymentsPath, PAYMENTS_PORT } from "../../proto/payments.js";
import { startProcess, type LineProcess } from "../lab/processes.js";
import { dialControl, workerPipe } from "./control-socket.js";
import { CONTROL_PORT } from "./pod-protocol.js";
import { shareLoad } from "./share-load.js";

const PROGRAM = join(packageRoot, "dist/pods/program.mjs");
const TOKEN = "0123456789abcdef";
const SERVER = "127.32.0.1";
const GENERATORS = Array.from({ length: 8 }, (_, index) => ({
  pod: `api-gateway-${index}`,
  ip: `127.32.0.${index + 2}`,
}));

const PLAN: LoadPlan = {
  ...SOME_PLAN,
  loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(800) }, overflow: "queue" },
  mix: [
    {
      ...{ method: "ProcessPayment", path: paymentsPath("ProcessPayment"), weight: 1, caller: "api-gateway" },
      payload: { kind: "payments" },
    },
  ],
  warmupNs: ms(100),
  windowNs: seconds(1),
  drainNs: seconds(1),
  connections: 8,
  timeoutNs: seconds(2),
  idle: "sleep",
};

const processes: LineProcess[] = [];
afterAll(async () => {
  for (const one of processes) one.kill();
  await Promise.all(processes.map((one) => one.ended));
});

async function startPod(role: string, ip: string): Promise<void> {
  const env = [`POD_IP=${ip}`, `TOLLGATE_TOKEN=${TOKEN}`];
  processes.push(
    await startProcess({ name: role, command: ["env", ...env, process.execPath, "--expose-gc", PROGRAM, role] }),
  );
}

/** Bucket → count, of one quantity in all of these measurements. */
function countsOf(measurements: readonly Measurement[], quantity: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { histogram } of measurements.flatMap(({ series }) => series.filter((one) => one.quantity === quantity))) {
    using decoded = LatencyHistogram.decode(histogram);
    for (const { fromNs, count } of decoded.buckets()) counts.set(fromNs, (counts.get(fromNs) ?? 0) + count);
  }
  return counts;
}

const total = (counts: ReadonlyMap<number, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

test(
  "with 8 generators the merged histogram equals the sum of theirs, bucket by bucket",
  { timeout: 60_000 },
  async () => {
    await Promise.all([startPod("server", SERVER), ...GENERATORS.map(({ ip }) => startPod("generator", ip))]);
    const sockets = await Promise.all(GENERATORS.map((one) => dialControl(one, CONTROL_PORT, TOKEN, 30_000)));
    const said = sockets.map(() => "");
    for (const [index, socket] of sockets.entries()) socket.on("data", (text: string) => (said[index] += text));
    const pool = await WorkerPool.join({
      pipes: sockets.map((socket, index) => workerPipe(socket, GENERATORS[index]?.pod ?? "?")),
      assign: (plan) =>
        shareLoad(
          GENERATORS.map(() => "api-gateway"),
          plan,
        ),
    });
    const target = {
      ...{ host: SERVER, port: PAYMENTS_PORT, localAddress: null, authority: "payments" },
      ...{ connectTimeoutNs: seconds(2), literalHeaders: false, tls: null },
    };
    const merged = await pool.measure({ plan: PLAN, transport: "lean", targets: { "api-gateway": target } });
    await pool.close();
    const parts = said.flatMap((text) =>
      text
        .split("\n")
        .filter((line) => line.includes('"kind":"done"'))
        .map((line) => JSON.parse(line) as Extract<FromWorker, { kind: "done" }>)
        .map(({ measurement }) => measurement),
    );
    expect(parts).toHaveLength(8);
    for (const part of parts) expect(part.books.ok).toBeGreaterThan(0);
    for (const quantity of ["service", "response"]) {
      const counts = countsOf([merged], quantity);
      expect(counts).toEqual(countsOf(parts, quantity));
      expect(total(counts), quantity).toBe(merged.books.ok);
    }
    expect(parts.reduce((sum, { books }) => sum + books.ok, 0)).toBe(merged.books.ok);
  },
);

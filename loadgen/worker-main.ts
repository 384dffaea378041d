/**
 * The program of a load worker: `node dist/loadgen/worker-main.js`, orders on stdin, answers on stdout. It ends when it
 * is told to stop or when its stdin closes because the coordinator is gone. Ctrl-C in a terminal reaches every process
 * of the program; what it means for a window is the coordinator's to say.
 */
import { createInterface } from "node:readline";
import { now } from "./clock.js";
import { leanTransport } from "./lean-transport.js";
import { allowedCpus } from "./process-readings.js";
import { touchYoungGeneration } from "./quiet-heap.js";
import { realOutside } from "./real-outside.js";
import { rehearse } from "./rehearsal.js";
import { LoadWorker } from "./worker.js";
import type { FromWorker, ToWorker } from "./worker-protocol.js";

const say = (message: FromWorker): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const worker = new LoadWorker({
  say,
  transports: {
    lean: () => Promise.resolve(leanTransport),
    "grpc-js": async () => (await import("./grpc-js-transport.js")).grpcJsTransport,
  },
  outside: realOutside,
});

async function end(): Promise<void> {
  await worker.close();
  process.exit(0);
}

/** Whoever starts a worker need not wait for this: it makes its server ready meanwhile. */
async function getReady(): Promise<void> {
  await rehearse(leanTransport, realOutside);
  touchYoungGeneration();
}

say({ kind: "hello", pid: process.pid, timeNs: now(), cpus: allowedCpus() });
const ready = getReady();

const orders = createInterface({ input: process.stdin, crlfDelay: Infinity });
orders.on("line", (line) => {
  const message = JSON.parse(line) as ToWorker;
  if (message.kind === "stop") void end();
  else void ready.then(() => worker.hear(message));
});
orders.on("close", () => void end());
process.on("SIGINT", () => undefined);

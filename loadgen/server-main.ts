/**
 * The payments server as a process of its own, in a namespace or a pod: reads orders on stdin, one a line, and answers
 * on stdout (server-protocol.ts). Ends, drained, when it is told to, when its stdin closes, or on SIGTERM.
 */
import { createInterface } from "node:readline";
import { ServerProcess } from "./server-process.js";

const server = new ServerProcess((message) => process.stdout.write(`${JSON.stringify(message)}\n`));
const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });

/** One after the other: an order may take a while, and what is asked behind it means the server it made. */
let work: Promise<void> = Promise.resolve();

lines.on("line", (line) => {
  work = work.then(async () => {
    const next = await server.obey(line);
    if (next !== "go on") process.exit(next === "end" ? 0 : 1);
  });
});
lines.once("close", end);
process.once("SIGTERM", end);
process.once("SIGINT", end);

function end(): void {
  work = work.then(async () => {
    await server.drain();
    process.exit(0);
  });
}

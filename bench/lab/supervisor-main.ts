/**
 * The lab's supervisor as a process: PID 1 of a pid namespace of its own, in net and mount namespaces of its own
 * (supervisor-link.ts starts it so). When it ends, by whatever cause, the kernel ends everything it started and frees
 * everything it made. It ends when its stdin closes, which is when the command line is gone.
 */
import { constants } from "node:os";
import { onLines } from "../stream-lines.js";
import { Supervisor } from "./supervisor.js";
import type { FromSupervisor, ToSupervisor } from "./supervisor-protocol.js";

if (process.pid !== 1) {
  process.stderr.write("the supervisor is no command: tollgate run starts it in namespaces of its own\n");
  process.exit(2);
}

// For PID 1 no signal has a default action (pid_namespaces(7)): unhandled ones would be ignored.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdout.on("error", () => process.exit(0));

const send = (message: FromSupervisor): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
const supervisor = new Supervisor(send);
onLines(process.stdin, (line) => void supervisor.handle(JSON.parse(line) as ToSupervisor));
send({ hello: { pid: process.pid } });

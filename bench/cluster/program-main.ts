/**
 * The one program of every pod of a run, as a single file in a ConfigMap (scripts/bundle-pods.mjs makes it):
 *
 *   node program.mjs server | generator | driver GRACE-SECONDS
 *   node program.mjs relay
 *
 * It ends at once on SIGTERM: what a pod holds is of no use after its run. Not with success: to a Job a pod that ends
 * well has done its work, and nobody takes the place of one that was evicted. With success it ends when nobody has held
 * the run for its grace: then nothing shall be started again.
 */
import { connect } from "node:net";
import { serveLoad } from "./pod-generator.js";
import { serveDriver } from "./pod-driver.js";
import { servePayments } from "./pod-server.js";
import type { Grace } from "./pod-grace.js";
import { DRIVER_PORT, GRACE_SECONDS, TOKEN_VARIABLE, type PodRole } from "./pod-protocol.js";

/** 128 + SIGTERM, as a shell has it. */
const ENDED_BY_SIGNAL = 143;

const role = process.argv[2] as PodRole;
const token = process.env[TOKEN_VARIABLE] ?? "";
const host = process.env["POD_IP"] ?? "0.0.0.0";
const grace: Grace = { ms: Number(process.argv[3] ?? GRACE_SECONDS) * 1000, end: () => process.exit(0) };

// A program that is PID 1 of its container ignores signals it does not handle.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(ENDED_BY_SIGNAL));

switch (role) {
  case "server":
    await servePayments({ host, token, grace });
    break;
  case "generator":
    await serveLoad(host, token, grace);
    break;
  case "driver":
    await serveDriver(token, grace);
    break;
  case "relay":
    relay();
    break;
  default:
    process.stderr.write("usage: node program.mjs server | generator | driver | relay [GRACE-SECONDS]\n");
    process.exit(2);
}
if (role !== "relay") process.stdout.write(`tollgate ${role} is ready\n`);

/** Carries the command line's words to the driver in this pod and back; ends with either of them. */
function relay(): void {
  const driver = connect({ port: DRIVER_PORT, host: "127.0.0.1", noDelay: true });
  driver.once("error", (error) => {
    process.stderr.write(`the driver does not listen: ${error.message}\n`);
    process.exit(1);
  });
  driver.once("close", () => process.exit(0));
  process.stdin.pipe(driver).pipe(process.stdout);
}

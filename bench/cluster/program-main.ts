/**
 * The one program of every pod of a run, as a single file in a ConfigMap (scripts/bundle-pods.mjs makes it):
 *
 *   node program.mjs server | generator | driver | relay
 *
 * It ends at once on SIGTERM: what a pod holds is of no use after its run. Never with success: to a Job a pod that ends
 * well has done its work, and nobody takes the place of one that was evicted.
 */
import { connect } from "node:net";
import { serveLoad } from "./pod-generator.js";
import { serveDriver } from "./pod-driver.js";
import { servePayments } from "./pod-server.js";
import { DRIVER_PORT, TOKEN_VARIABLE, type PodRole } from "./pod-protocol.js";

/** 128 + SIGTERM, as a shell has it. */
const ENDED_BY_SIGNAL = 143;

const role = process.argv[2] as PodRole;
const token = process.env[TOKEN_VARIABLE] ?? "";
const host = process.env["POD_IP"] ?? "0.0.0.0";

// A program that is PID 1 of its container ignores signals it does not handle.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(ENDED_BY_SIGNAL));

switch (role) {
  case "server":
    await servePayments({ host, token });
    break;
  case "generator":
    await serveLoad(host, token);
    break;
  case "driver":
    await serveDriver(token);
    break;
  case "relay":
    relay();
    break;
  default:
    process.stderr.write("usage: node program.mjs server | generator | driver | relay\n");
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

/**
 * The probing process: reads one ProbeRequest per line, answers each with a ProbeReading, ends with its stdin.
 *
 * It speaks through grpc-js, not through the lean transport that measures: a road is found open and closed by an
 * implementation that is not ours.
 */
import { grpcJsTransport } from "../../loadgen/grpc-js-transport.js";
import { seconds } from "../../loadgen/units.js";
import { probe } from "../probe.js";
import { onLines } from "../stream-lines.js";
import type { ProbeRequest } from "./prober.js";

/** Shorter than a client's patience, longer than any answer takes. */
const DEADLINE = seconds(1);

onLines(process.stdin, (line) => {
  const { target, path } = JSON.parse(line) as ProbeRequest;
  void probe(grpcJsTransport, target, path, DEADLINE).then((reading) => {
    process.stdout.write(`${JSON.stringify(reading)}\n`);
  });
});
// grpc-js keeps trying to connect where nobody answers, and would keep the process alive.
process.stdin.on("end", () => process.exit(0));

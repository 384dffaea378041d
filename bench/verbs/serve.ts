/**
 * `tollgate serve`: the payments server on its own, for load generators of any kind. Prints where it listens once it
 * does, and on SIGTERM or Ctrl-C finishes its calls and prints what it counted.
 */
import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { startPaymentsServer, type PaymentsServer } from "../../loadgen/payments-server.js";
import { DEFAULT_SERVICE, type ServiceTime } from "../../loadgen/server-protocol.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { ListenerCounters, ServerTls } from "../../loadgen/unary-service.js";
import { seconds } from "../../loadgen/units.js";
import { guard, type Io } from "../io.js";
import { choice, count, hostPort, type HostPort } from "../options.js";
import { serviceTime, sizeRange } from "../service-options.js";

interface ServeFlags {
  readonly listen: HostPort;
  readonly health?: HostPort;
  readonly transport: TransportName;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly serviceTime: ServiceTime;
  readonly waiting: "busy" | "idle";
  readonly reportBytes: { readonly min: number; readonly max: number };
  readonly seed: number;
}

const EXAMPLES = `
Examples:
  tollgate serve --listen 127.0.0.1:50051
  tollgate serve --listen 127.0.0.1:50051 --service-time lognormal:1ms,0.5
  tollgate serve --listen [::1]:50051 --tls-cert server.pem --tls-key server.key --health 127.0.0.1:50052`;

/** Calls under way when the server is told to end may take so long. */
const DRAIN_GRACE = seconds(5);

export function registerServe(program: Command, io: Io): void {
  program
    .command("serve")
    .description("answer the payments calls, over HTTP/2 of our own or over grpc-js")
    .addOption(
      new Option("--listen <host:port>", "port 0: the system chooses")
        .argParser(hostPort("--listen", 0))
        .default(DEFAULT_LISTEN, "127.0.0.1:50051"),
    )
    .option("--health <host:port>", "grpc.health.v1 on a port of its own", hostPort("--health", 0))
    .option("--transport <name>", "lean or grpc-js", choice("--transport", ["lean", "grpc-js"]), "lean")
    .option("--tls-cert <file>", "PEM, with --tls-key: serve with TLS")
    .option("--tls-key <file>", "PEM")
    .option("--tls-client-ca <file>", "PEM: clients must present a certificate that it signed")
    .addOption(
      new Option("--service-time <spec>", "none, fixed:200us, exp:1ms or lognormal:1ms,0.5")
        .argParser(serviceTime("--service-time"))
        .default(DEFAULT_SERVICE.serviceTime, "none"),
    )
    .option(
      "--waiting <way>",
      "idle: calls overlap while they take their time; busy: the server computes",
      choice("--waiting", ["idle", "busy"]),
      DEFAULT_SERVICE.waiting,
    )
    .addOption(
      new Option("--report-bytes <range>", "of GenerateFinancialReport")
        .argParser(sizeRange("--report-bytes"))
        .default(DEFAULT_SERVICE.reportBytes, "16k-64k"),
    )
    .option("--seed <n>", "of answers and service times", count("--seed", 0), DEFAULT_SERVICE.seed)
    .addHelpText("after", EXAMPLES)
    .action((flags: ServeFlags) => guard(io, () => serve(flags, io)));
}

const DEFAULT_LISTEN: HostPort = { host: "127.0.0.1", port: 50051 };

async function serve(flags: ServeFlags, io: Io): Promise<ExitCode> {
  const told = toldToEnd(process);
  const server = await startPaymentsServer({
    transport: flags.transport,
    listens: [{ ...flags.listen, tls: await tlsOf(flags) }],
    health: flags.health ?? null,
    service: {
      ...DEFAULT_SERVICE,
      serviceTime: flags.serviceTime,
      waiting: flags.waiting,
      reportBytes: flags.reportBytes,
      seed: flags.seed,
    },
  });
  tellAddresses(server, io);
  await told;
  await server.drain(DRAIN_GRACE);
  io.stdout.write(countsText(server.counters()));
  return EXIT.done;
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process, as if nobody listened. */
function toldToEnd(process: NodeJS.Process): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}

function tellAddresses({ addresses, health }: PaymentsServer, io: Io): void {
  for (const address of addresses) io.stdout.write(`listening on ${address}\n`);
  if (health !== null) io.stdout.write(`health on ${health}\n`);
}

async function tlsOf({ tlsCert, tlsKey, tlsClientCa }: ServeFlags): Promise<ServerTls | null> {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new Fault({
      fact: "a certificate and its key are needed for TLS",
      expected: "--tls-cert FILE and --tls-key FILE together",
      exitCode: EXIT.usage,
    });
  }
  return {
    cert: await readPem("--tls-cert", tlsCert),
    key: await readPem("--tls-key", tlsKey),
    ca: tlsClientCa === undefined ? null : await readPem("--tls-client-ca", tlsClientCa),
  };
}

async function readPem(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new Fault({ fact: `${flag} ${file} cannot be read`, seen, exitCode: EXIT.usage }, { cause: error });
  }
}

/** One line per method that was called, per local address. */
function countsText(listeners: Readonly<Record<string, ListenerCounters>>): string {
  const lines = Object.entries(listeners).flatMap(([address, { calls, connections, handshakes }]) => [
    `${address}  ${connections} connections${handshakes > 0 ? `, ${handshakes} TLS handshakes` : ""}`,
    ...Object.entries(calls)
      .filter(([, calls]) => calls > 0)
      .map(([method, calls]) => `  ${method.padEnd(24)}${calls.toLocaleString("en-US").padStart(14)}`),
  ]);
  return lines.length === 0 ? "no connections\n" : `${lines.join("\n")}\n`;
}

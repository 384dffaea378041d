/**
 * h2load (nghttp2) as a peer: the fastest HTTP/2 client there is to compare with. It reads no gRPC status and keeps no
 * percentiles; those at 1 in flight are made from its log, in a run of its own, since writing the log costs time.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../loadgen/fault.js";
import { writeMessagePrefix } from "../../loadgen/grpc/message-framing.js";
import { paymentsRequests } from "../../loadgen/payments-requests.js";
import { paymentsPath } from "../../proto/payments.js";
import { runCommand } from "../shell.js";
import { BENCH_METHOD } from "./bench-plan.js";
import type { BenchServer } from "./bench-server.js";
import type { BenchCase, Peer, PeerReading } from "./peer.js";

export interface H2loadOptions {
  readonly server: BenchServer;
  /** How long one measurement shall take, about. */
  readonly seconds: number;
  /** Words before the command. */
  readonly pinned: readonly string[];
}

/** To learn its speed, and so how many calls fill the time. */
const PILOT_CALLS = 10_000;

export class H2loadPeer implements Peer, AsyncDisposable {
  readonly name = "h2load";

  private constructor(
    private readonly options: H2loadOptions,
    private readonly folder: string,
  ) {}

  static async prepare(options: H2loadOptions): Promise<H2loadPeer> {
    const folder = await mkdtemp(join(tmpdir(), "tollgate-bench-"));
    const [message] = paymentsRequests(BENCH_METHOD, 1, 1);
    const body = Buffer.alloc(5 + message!.length);
    message!.copy(body, writeMessagePrefix(body, 0, message!.length));
    await writeFile(join(folder, "request"), body);
    return new H2loadPeer(options, folder);
  }

  async measure(benchCase: BenchCase): Promise<PeerReading> {
    const { server, seconds } = this.options;
    const pilot = await this.run(benchCase, PILOT_CALLS);
    const calls = Math.max(PILOT_CALLS, Math.round(pilot.callsPerSecond * seconds));
    const readsBefore = await server.reads();
    const { callsPerSecond, cpuNs } = await this.run(benchCase, calls);
    return {
      callsPerSecond,
      cpuNsPerCall: cpuNs / calls,
      callsPerRead: calls / ((await server.reads()) - readsBefore),
      p50Ns: benchCase.inFlight === 1 ? await this.p50(benchCase, Math.round(calls / 2)) : null,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The CPU of the whole process comes from the shell, which waited for it. */
  private async run(
    { inFlight, tls }: BenchCase,
    calls: number,
    more: readonly string[] = [],
  ): Promise<{ callsPerSecond: number; cpuNs: number }> {
    const { server, pinned } = this.options;
    const url = `${tls ? `https://${server.secured}` : `http://${server.plain}`}${paymentsPath(BENCH_METHOD)}`;
    const command = [
      ...pinned,
      ...["bash", "-c", 'TIMEFORMAT="cpu %U %S"; time "$@"', "h2load"],
      ...["h2load", "--clients=1", "--threads=1", `--max-concurrent-streams=${inFlight}`, `--requests=${calls}`],
      ...["--data", join(this.folder, "request"), "-H", "content-type: application/grpc", "-H", "te: trailers"],
      ...[...more, url],
    ];
    const { stdout, stderr } = await runCommand(command[0]!, command.slice(1));
    const rate = /finished in [\d.]+m?s, ([\d.]+) req\/s/.exec(stdout);
    const cpu = /cpu ([\d.]+) ([\d.]+)/.exec(stderr);
    if (rate === null || cpu === null || !stdout.includes(`${calls} succeeded`)) {
      throw new Fault({
        fact: "h2load did not make its calls",
        seen: `${stdout}${stderr}`.slice(-1000),
        try: "apt-get install nghttp2-client bash",
      });
    }
    return { callsPerSecond: Number(rate[1]), cpuNs: (Number(cpu[1]) + Number(cpu[2])) * 1e9 };
  }

  private async p50(benchCase: BenchCase, calls: number): Promise<number> {
    const log = join(this.folder, "log");
    await rm(log, { force: true });
    await this.run(benchCase, calls, ["--log-file", log]);
    // Start in µs, HTTP status, duration in µs.
    const durations = (await readFile(log, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => Number(line.split("\t")[2]));
    return durations.sort((a, b) => a - b)[Math.floor(durations.length / 2)]! * 1e3;
  }
}

/**
 * What a policy program itself takes of the CPU, by the kernel's own statistics, which are on only while they are read.
 */
import { heldThroughout, holdByBpf, letGo } from "./bpf-holder.js";
import type { PinnedProgram } from "./policy-map.js";
import { runProgram, type LineProcess } from "./processes.js";

export interface ProgramTime {
  readonly runNs: number;
  readonly runs: number;
}

/**
 * What `work` yields, and what the program took meanwhile; roads that share the program share the time.
 * @param work is handed the process that keeps the statistics on: without it they are too low
 * @throws Fault where there is no perl or the kernel refuses, or when that process ended meanwhile
 */
export async function timeProgram<T>(
  program: PinnedProgram,
  work: (holder: LineProcess) => Promise<T>,
): Promise<{ readonly result: T; readonly programTime: ProgramTime }> {
  const counting = await countProgramTime();
  try {
    const before = await readProgramTime(program);
    const result = await work(counting);
    const after = await readProgramTime(program);
    heldThroughout(counting);
    return { result, programTime: { runNs: after.runNs - before.runNs, runs: after.runs - before.runs } };
  } finally {
    await letGo(counting);
  }
}

/** Since the program was loaded, as far as it was counted. */
async function readProgramTime({ program }: PinnedProgram): Promise<ProgramTime> {
  const printed = await runProgram(["bpftool", "--json", "prog", "show", "pinned", program]);
  const { run_time_ns = 0, run_cnt = 0 } = JSON.parse(printed) as { run_time_ns?: number; run_cnt?: number };
  return { runNs: run_time_ns, runs: run_cnt };
}

/** Turns on the kernel's statistics of program run time until the returned process ends. */
function countProgramTime(): Promise<LineProcess> {
  return holdByBpf({
    name: "the holder of the kernel's eBPF statistics",
    script: ENABLE_STATS,
    refused: {
      fact: "the kernel's statistics of eBPF run time cannot be turned on",
      so: "the policy program's own time is not measured here",
      try: "tollgate doctor --env lab",
    },
  });
}

/** Command 32 is BPF_ENABLE_STATS, type 0 is BPF_STATS_RUN_TIME (linux/bpf.h, since 5.8). */
const ENABLE_STATS = `
my $attr = pack("L", 0);
my $fd = syscall($ARGV[0] + 0, 32, $attr, 4);
die "bpf(BPF_ENABLE_STATS): $!\\n" if $fd < 0;
`;

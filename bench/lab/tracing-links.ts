/**
 * Attaches pinned tracing programs to their tracepoints for as long as a process lives. bpftool 7.1 loads such programs
 * but attaches none.
 */
import { holdByBpf } from "./bpf-holder.js";
import type { LineProcess } from "./processes.js";

/**
 * @param programs paths in bpffs
 * @returns the process that holds the links: they end with its stdin
 * @throws Fault where there is no perl or the kernel refuses
 */
export function attachTracing(programs: readonly string[]): Promise<LineProcess> {
  return holdByBpf({
    name: "the holder of the tracepoints",
    script: ATTACH,
    args: programs,
    refused: {
      fact: "the tracing programs cannot be attached",
      so: "what happens between the links cannot be stamped here",
      try: "tollgate anatomy --level tc",
    },
  });
}

/**
 * Command 7 is BPF_OBJ_GET (pathname, bpf_fd, file_flags), 17 BPF_RAW_TRACEPOINT_OPEN (name, prog_fd): without a name it
 * attaches a program to the tracepoint that it was loaded for (linux/bpf.h).
 */
const ATTACH = `
my ($bpf, @paths) = @ARGV;
my @links;
for my $path (@paths) {
  my $get = pack("p", $path) . pack("LL", 0, 0);
  my $program = syscall($bpf + 0, 7, $get, length $get);
  die "bpf(BPF_OBJ_GET) of $path: $!\\n" if $program < 0;
  my $open = pack("QLL", 0, $program, 0);
  my $link = syscall($bpf + 0, 17, $open, length $open);
  die "bpf(BPF_RAW_TRACEPOINT_OPEN) of $path: $!\\n" if $link < 0;
  push @links, $link;
}
`;

/**
 * On what the programs of Debian 12 print. Where this kernel has the thing, the text is the one for a neighbour that it
 * has not (another type of link, qdisc or classifier), or for a system call that a seccomp filter answers in its place.
 */
import { describe, expect, test } from "vitest";
import { kernelLack } from "./kernel-lack.js";

const VETH_PAIR = "link set lo up\nlink add n1 type veth peer name c1\nrule add pref 9 lookup 2004\n";

const TPROXY = `/dev/stdin:6:27-60: Error: Could not process rule: No such file or directory
    meta l4proto tcp tproxy to 127.0.0.1:meta mark map { 0x0e110200 : 10001 } accept
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^`;
const TRIVIAL_PROGRAM =
  "libbpf: Error in bpf_object__probe_loading():Function not implemented(38). Couldn't load trivial BPF program. " +
  "Make sure your kernel supports BPF (CONFIG_BPF_SYSCALL=y) and/or that RLIMIT_MEMLOCK is set to big enough value.";

describe("what a kernel lacks is said in words, with the option that it takes", () => {
  test.each([
    ["unshare", "unshare: unshare failed: Invalid argument", "network namespaces", "CONFIG_NET_NS"],
    ["ip", "Error: Unknown device type.\nCommand failed -:2", "veth", "CONFIG_VETH"],
    ["ip", "RTNETLINK answers: Operation not supported\nCommand failed -:2", "veth", "CONFIG_VETH"],
    ["nft", TPROXY, "TPROXY", "CONFIG_NFT_TPROXY"],
    ["nft", TPROXY.replace("No such file or directory", "Operation not supported"), "TPROXY", "CONFIG_NFT_TPROXY"],
    ["nft", TPROXY.replace(/tproxy to .*/, "socket transparent 1"), "nft socket matching", "CONFIG_NFT_SOCKET"],
    ["nft", "mnl.c:60: Unable to initialize Netlink socket: Protocol not supported", "nftables", "CONFIG_NF_TABLES"],
    ["mount", "mount: /sys/fs/bpf: unknown filesystem type 'bpf'.", "BPF", "CONFIG_BPF_SYSCALL"],
    ["mount", "mount: /sys/fs/bpf: special device bpf does not exist.", "BPF", "CONFIG_BPF_SYSCALL"],
    ["bpftool", TRIVIAL_PROGRAM, "BPF", "CONFIG_BPF_SYSCALL"],
    ["tc", "Error: Specified qdisc kind is unknown.\nCommand failed -:1", "clsact", "CONFIG_NET_SCH_INGRESS"],
    ["tc", "Error: TC classifier not found.\nWe have an error talking to the kernel", "BPF classifier", "NET_CLS_BPF"],
  ])("%s: %s", (program, stderr, what, option) => {
    const lack = kernelLack({ program, input: VETH_PAIR, stderr });
    expect(lack?.fact).toContain(`this kernel has no ${what}`);
    expect(lack?.expected).toContain(option);
    expect(lack?.try).toContain("tollgate doctor --env lab");
  });

  test("a module is tried first, another kernel where there is none", () => {
    expect(kernelLack({ program: "nft", input: "", stderr: TPROXY })).toEqual({
      fact: "this kernel has no TPROXY",
      expected: "CONFIG_NFT_TPROXY, built in or as module nft_tproxy, for the redirect to Envoy",
      try:
        "modprobe nft_tproxy; where that module is not there, another kernel: apt-get install linux-image-amd64, " +
        "then reboot (in a container: on the host); tollgate doctor --env lab",
    });
  });
});

describe("what may have another cause is left in the program's own words", () => {
  test.each([
    ["unshare", "unshare: unshare failed: Operation not permitted"],
    ["ip", "RTNETLINK answers: Operation not supported\nCommand failed -:3"], // the rule, not the link
    ["ip", "RTNETLINK answers: File exists\nCommand failed -:2"],
    ["nft", TPROXY.replace("No such file or directory", "Operation not permitted")],
    ["nft", TPROXY.replace(/tproxy to .*/, 'counter name "x"')],
    ["bpftool", TRIVIAL_PROGRAM.replace("Function not implemented(38)", "Operation not permitted(1)")],
    ["mount", "mount: /sys/fs/bpf: permission denied."],
    ["sh", "Error: Unknown device type."],
  ])("%s: %s", (program, stderr) => {
    expect(kernelLack({ program, input: VETH_PAIR, stderr })).toBeNull();
  });
});

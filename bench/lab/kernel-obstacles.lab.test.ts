/**
 * What keeps roads from standing: a kernel that says it is old, a verifier that refuses, a policy that does not fit, all
 * on this machine and for real; and a kernel without TPROXY, BPF, veth or namespaces, by programs that say what they say
 * on such a kernel. Each is told with a way out, and the other roads go on.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resourcePath } from "../../proto/package-root.js";
import type { PaymentsMethod } from "../../proto/payments.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { AccessPolicy, Scenario } from "../../scenarios/scenario.js";
import { ANATOMY } from "./anatomy-maps.js";
import { startLab, type LabEnvironment } from "./lab-environment.js";
import { labOptions, SHORT_PLAN } from "./lab.test-helper.js";
import { L7_KERNEL_PROGRAM } from "./l7-kernel-map.js";

const noSignal = new AbortController().signal;
const floor = scenarioByName("no-policy");
const l4 = scenarioByName("l4");
const kernel = scenarioByName("l7-kernel");
const l7 = scenarioByName("l7");
const PATH = process.env.PATH ?? "";

let folder: string;
let lab: LabEnvironment | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tollgate-obstacle-"));
});
afterEach(async () => {
  await lab?.[Symbol.asyncDispose]();
  lab = null;
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

/** From now on the lab finds a program of ours in place of the one of that name; `$REAL` is where that is. */
function replaceProgram(name: string, script: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nREAL=$(PATH='${PATH}:/usr/sbin:/sbin' command -v ${name})\n${script}\n`);
  chmodSync(path, 0o755);
  process.env.PATH = `${folder}:${PATH}`;
}

/** bpftool loads our copy of a built program, in which every `from` is `to`: equally long, so that it stays an ELF file. */
function doctorProgram(object: string, from: Buffer, to: Buffer): void {
  const doctored = join(folder, "doctored.o");
  const bytes = readFileSync(resourcePath(object));
  let changed = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + from.length)) {
    to.copy(bytes, at);
    changed++;
  }
  expect(changed).toBeGreaterThan(0);
  writeFileSync(doctored, bytes);
  const own = resourcePath(object);
  replaceProgram(
    "bpftool",
    `for word; do shift; [ "$word" = '${own}' ] && word='${doctored}'; set -- "$@" "$word"; done; exec "$REAL" "$@"`,
  );
}

async function standing(scenarios: readonly Scenario[]): Promise<LabEnvironment> {
  lab = await startLab(labOptions());
  await lab.prepare(scenarios, noSignal);
  return lab;
}

/** Why l7-kernel is not measured; no-policy and l4 must be. */
async function reasonBeside(road: Scenario): Promise<string> {
  const { notMeasured } = await standing([floor, l4, road]);
  expect([...notMeasured.keys()]).toEqual([road.name]);
  await expectMeasured(floor, l4);
  return notMeasured.get(road.name) ?? "";
}

async function expectMeasured(...scenarios: readonly Scenario[]): Promise<void> {
  for (const scenario of scenarios) {
    const ask = { scenario, plan: SHORT_PLAN, transport: "lean" as const, programTime: false };
    const reading = await lab?.measure(ask, noSignal);
    expect(reading?.measurement.books.ok, scenario.name).toBeGreaterThan(0);
  }
}

function withAccess(access: AccessPolicy): Scenario {
  return { ...kernel, road: { ...kernel.road, kernel: { access, action: "drop" } } };
}

test("a kernel that is too old is named with the version that it takes, and the other roads go on", async () => {
  // uname(2) of everything in the lab says 2.6 then; node tells the release from there.
  replaceProgram("unshare", `exec setarch "$(uname -m)" --uname-2.6 "$REAL" "$@"`);
  expect(await reasonBeside(kernel)).toMatch(/^Linux 2\.6\.\S+ has no bpf_loop, which came with 5\.17: .*newer kernel/);
});

test("a verifier that refuses is told with its last lines and what to report, and the other roads go on", async () => {
  // r6 = r1, which the program begins with, becomes r6 = r5, which nobody has written.
  doctorProgram(
    L7_KERNEL_PROGRAM.object,
    Buffer.from("bf16000000000000", "hex"),
    Buffer.from("bf56000000000000", "hex"),
  );
  const reason = await reasonBeside(kernel);
  expect(reason).toMatch(/^this kernel's verifier refuses the program: /);
  expect(reason).toMatch(/R5 !read_ok/);
  expect(reason).toMatch(/please report this with the output of: uname -r/);
});

test.each([
  [
    "more methods than the map holds",
    withAccess({ rules: [], fillerRules: 200 }),
    /tg_l7_method is too small.*at most 256 entries.*408.*try: fewer rules/,
  ],
  [
    "a method that the service does not have",
    withAccess({ rules: [{ caller: "api-gateway", methods: ["ProcesPayment" as PaymentsMethod] }], fillerRules: 0 }),
    /"ProcesPayment".*try: did you mean "ProcessPayment"\?/,
  ],
  ["TLS", { ...kernel, road: { ...kernel.road, tls: "end-to-end" } }, /no HTTP\/2 on the wire.*l7-tls/],
] as const)("a policy with %s is told with the way out, and the other roads go on", async (_what, road, reason) => {
  expect(await reasonBeside(road)).toMatch(reason);
});

/** The map is filled to its brim by others before the lab's own batch comes: what follows the kernel says itself. */
function fillBefore(map: string, keyBytes: number, entries: number): void {
  const key = `$(printf '%02x ' $((i % 256)) $((i / 256 % 256)))${" ff".repeat(keyBytes - 2)}`;
  const update = `echo "map update pinned ${map} key hex ${key} value hex${" 00".repeat(8)}"`;
  const filled = `{ i=0; while [ $i -lt ${entries} ]; do ${update}; i=$((i + 1)); done; cat '${folder}/batch'; }`;
  const isOwn = `[ "$1" = batch ] && cat > '${folder}/batch' && set -- batch file '${folder}/batch'`;
  const brims = `grep -q 'update pinned ${map}' '${folder}/batch' && ${filled} > '${folder}/full'`;
  replaceProgram("bpftool", `${isOwn} && ${brims} && set -- batch file '${folder}/full'\nexec "$REAL" "$@"`);
}

test("a map that the kernel says is full is named with the way out, and the other roads go on", async () => {
  fillBefore(`${L7_KERNEL_PROGRAM.maps}/tg_l7_rule`, 8, 1024);
  expect(await reasonBeside(kernel)).toMatch(
    /^the map tg_l7_rule is too small.*at most 1024 entries; the kernel takes no further one \(E2BIG\); try: fewer rules/,
  );
});

test("where no asked road can stand, the run ends with the reasons", async () => {
  const road = withAccess({ rules: [], fillerRules: 200 });
  await expect(standing([road])).rejects.toMatchObject({
    text: {
      fact: "none of the asked roads can be measured on this machine",
      seen: expect.stringMatching(/l7-kernel: .*too small/) as string,
    },
  });
});

test("an anatomy falls back to the links on a kernel without a tracepoint, and says which Linux has it", async () => {
  doctorProgram(
    ANATOMY.full.object,
    Buffer.from("tp_btf/tcp_sendmsg_locked"),
    Buffer.from("tp_btf/tcp_sendmsg_nowher"),
  );
  const { level, notice } = await (await standing([floor])).loadStamps("full");
  expect(level).toBe("tc");
  expect(notice).toMatch(/level tc is taken instead: this kernel has no tracepoint tcp_sendmsg_nowher/);
  const stamps = { level, wakeUps: false };
  const ask = { scenario: floor, plan: SHORT_PLAN, transport: "lean" as const, programTime: false, stamps };
  const reading = await lab?.measure(ask, noSignal);
  expect(reading?.stamps?.segments).toHaveLength(7);
});

describe("on a kernel without", () => {
  /** nft says this of our own rule, whatever it is given. */
  function withoutTproxy(): void {
    const said = [
      "/dev/stdin:6:22-79: Error: Could not process rule: No such file or directory",
      "    meta l4proto tcp tproxy to 127.0.0.1:meta mark map { 0x0e110200 : 10001 } meta mark set 0x00000200 accept",
      "                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    ];
    replaceProgram("nft", `cat >/dev/null; cat >&2 <<'END'\n${said.join("\n")}\nEND\nexit 1`);
  }

  test("TPROXY, that is named, and the roads that need no redirect go on, after a restart of the Envoys too", async () => {
    withoutTproxy();
    const reason = await reasonBeside(l7);
    expect(reason).toMatch(/^nothing leads to Envoy here: this kernel has no TPROXY; CONFIG_NFT_TPROXY.*try: modprobe/);
    await lab?.rearrange(1, noSignal);
    await expectMeasured(floor, l4);
  });

  test("TPROXY, a run of nothing but redirected roads ends with that", async () => {
    withoutTproxy();
    await expect(standing([l7])).rejects.toMatchObject({
      text: { seen: expect.stringMatching(/l7: .*this kernel has no TPROXY.*modprobe nft_tproxy/) as string },
    });
  });

  test("BPF, that is named, and every road but l4 goes on", async () => {
    replaceProgram(
      "mount",
      `[ "$2" = bpf ] || exec "$REAL" "$@"; echo "mount: /sys/fs/bpf: unknown filesystem type 'bpf'." >&2; exit 32`,
    );
    const { notMeasured } = await standing([floor, l4, l7]);
    expect([...notMeasured.keys()]).toEqual(["l4"]);
    expect(notMeasured.get("l4")).toMatch(/cannot be loaded here: this kernel has no BPF; CONFIG_BPF_SYSCALL.*try: /);
    await expectMeasured(floor, l7);
  });

  test("veth, that is named, and nothing is measured", async () => {
    // A type of link that no kernel has takes its place: ip and the kernel say the rest themselves.
    replaceProgram("ip", `sed 's/type veth peer.*/type dummyx/' | "$REAL" "$@"`);
    await expect(standing([floor])).rejects.toMatchObject({
      text: {
        fact: "this kernel has no veth",
        expected: expect.stringContaining("CONFIG_VETH") as string,
        seen: expect.stringContaining("Unknown device type") as string,
        try: expect.stringContaining("modprobe veth") as string,
      },
    });
  });

  test("network namespaces, that is named, and nothing is measured", async () => {
    replaceProgram("unshare", `echo "unshare: unshare failed: Invalid argument" >&2; exit 1`);
    await expect(standing([floor])).rejects.toMatchObject({
      text: {
        fact: expect.stringContaining("this kernel has no network namespaces") as string,
        expected: expect.stringContaining("CONFIG_NET_NS") as string,
      },
    });
  });
});

/**
 * The committed programs are the ones that their sources say: built anew where clang is, the instructions must be the
 * same.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { resourcePath } from "../../proto/package-root.js";
import { ANATOMY } from "./anatomy-maps.js";
import { L7_KERNEL_PROGRAM } from "./l7-kernel-map.js";
import { POLICY } from "./policy-map.js";

const TRACEPOINTS = ["tcp_sendmsg_locked", "sk_data_ready", "sock_recv_length", "sched_switch"];
const COMPILER = "clang-14";

test.for([
  [POLICY.object, ["tc", ".maps", "license"]],
  // Steps of bpf_loop are functions of their own, which lie in .text.
  [L7_KERNEL_PROGRAM.object, ["tc", ".text", ".maps", "license"]],
  [ANATOMY.tc.object, ["tc", ".maps", "license"]],
  [ANATOMY.full.object, ["tc", ...TRACEPOINTS.map((name) => `tp_btf/${name}`), ".maps", "license"]],
] as const)("%s holds the instructions and maps of its source", ([object, sections], { skip }) => {
  if (spawnSync(COMPILER, ["--version"]).error !== undefined) skip(`${COMPILER} is not installed`);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-bpf-"));
  try {
    execFileSync(resourcePath("bench/lab/bpf/build.sh"), [folder], { env: { ...process.env, CLANG: COMPILER } });
    const committed = readFileSync(resourcePath(object));
    const rebuilt = readFileSync(join(folder, basename(object)));
    // Debug and type sections differ with the versions of compiler and headers; what runs does not.
    for (const section of sections) {
      const ours = sectionOf(committed, section);
      expect(ours.length, section).toBeGreaterThan(0);
      expect(ours.equals(sectionOf(rebuilt, section)), section).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A section of a 64-bit little-endian ELF file by name (elf(5)). */
function sectionOf(elf: Buffer, name: string): Buffer {
  const headersAt = Number(elf.readBigUInt64LE(0x28));
  const [headerSize, count, namesIndex] = [0x3a, 0x3c, 0x3e].map((at) => elf.readUInt16LE(at)) as [
    number,
    number,
    number,
  ];
  const header = (index: number): { nameAt: number; data: Buffer } => {
    const at = headersAt + index * headerSize;
    const offset = Number(elf.readBigUInt64LE(at + 0x18));
    return {
      nameAt: elf.readUInt32LE(at),
      data: elf.subarray(offset, offset + Number(elf.readBigUInt64LE(at + 0x20))),
    };
  };
  const names = header(namesIndex).data;
  for (let index = 1; index < count; index++) {
    const { nameAt, data } = header(index);
    if (names.toString("latin1", nameAt, names.indexOf(0, nameAt)) === name) return data;
  }
  throw new Error(`no section ${name}`);
}

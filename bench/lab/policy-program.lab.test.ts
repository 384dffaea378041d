/**
 * The committed program is the one that its source says: built anew where clang is, the instructions must be the same.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resourcePath } from "../../proto/package-root.js";
import { POLICY_OBJECT } from "./policy-map.js";

const COMPILER = "clang-14";

test("policy.bpf.o holds the instructions and maps of policy.bpf.c", ({ skip }) => {
  if (spawnSync(COMPILER, ["--version"]).error !== undefined) skip(`${COMPILER} is not installed`);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-bpf-"));
  try {
    const rebuilt = join(folder, "policy.bpf.o");
    execFileSync(resourcePath("bench/lab/bpf/build.sh"), [rebuilt], { env: { ...process.env, CLANG: COMPILER } });
    const committed = readFileSync(resourcePath(POLICY_OBJECT));
    // Debug and type sections differ with the versions of compiler and headers; what runs does not.
    for (const section of ["tc", ".maps", "license"]) {
      const [ours, theirs] = [committed, readFileSync(rebuilt)].map((object) => sectionOf(object, section));
      expect(ours?.length, section).toBeGreaterThan(0);
      expect(ours?.equals(theirs ?? Buffer.alloc(0)), section).toBe(true);
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

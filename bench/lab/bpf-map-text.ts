/**
 * Entries of eBPF maps as bpftool's batch takes them and its JSON gives them: bytes as text.
 */
/** One map as `bpftool -j map dump` prints it. */
export type MapDump = readonly {
  readonly key: readonly string[];
  readonly value: readonly string[];
}[];

export function mapUpdate({ maps }: { readonly maps: string }, map: string, key: Buffer, value: Buffer): string {
  return `map update pinned ${maps}/${map} key hex ${hex(key)} value hex ${hex(value)}`;
}

export function batchText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

export function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

export function addressBytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

export function hex(buffer: Buffer): string {
  return [...buffer].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

export function bytes(printed: readonly string[]): Buffer {
  return Buffer.from(printed.map((byte) => Number.parseInt(byte, 16)));
}

export function sum(counts: readonly bigint[]): number {
  return Number(counts.reduce((total, count) => total + count, 0n));
}

/**
 * Remembers what short header blocks meant. A peer that uses the dynamic table sends the same few bytes for each call
 * (RFC 7541 §6.1: indexed fields); while the table stands still, equal bytes mean equal fields and need no decoding.
 *
 * Easy to get wrong: a block that changes the table means something else the second time, and so does any block once
 * the table has changed. Both are seen by the decoder's generation.
 */
import type { HpackDecoder } from "./hpack-decoder.js";

const SLOTS = 16;
const LONGEST_BLOCK = 48;

export class HeaderBlockMemo<Meaning> {
  private generation = -1;
  private readonly blocks: Buffer[] = Array.from({ length: SLOTS }, () => Buffer.alloc(LONGEST_BLOCK));
  private readonly lengths = new Uint8Array(SLOTS);
  private readonly meanings: (Meaning | undefined)[] = new Array<Meaning | undefined>(SLOTS).fill(undefined);

  constructor(private readonly decoder: HpackDecoder) {}

  /** What `block[start … end)` means, if it was met since the table last changed. */
  recall(block: Buffer, start: number, end: number): Meaning | undefined {
    const length = end - start;
    if (this.generation !== this.decoder.generation || length > LONGEST_BLOCK || length === 0) return undefined;
    const slot = slotOf(block, start, end);
    if (this.lengths[slot] !== length) return undefined;
    const known = this.blocks[slot]!;
    for (let i = 0; i < length; i++) if (known[i] !== block[start + i]) return undefined;
    return this.meanings[slot];
  }

  /** Keeps a meaning found by decoding; `generationBefore` is the decoder's generation before it did so. */
  keep(block: Buffer, start: number, end: number, generationBefore: number, meaning: Meaning): void {
    const length = end - start;
    const { generation } = this.decoder;
    if (generation !== generationBefore || length > LONGEST_BLOCK || length === 0) return;
    if (this.generation !== generation) this.forgetAll(generation);
    const slot = slotOf(block, start, end);
    block.copy(this.blocks[slot]!, 0, start, end);
    this.lengths[slot] = length;
    this.meanings[slot] = meaning;
  }

  private forgetAll(generation: number): void {
    this.generation = generation;
    this.lengths.fill(0);
    this.meanings.fill(undefined);
  }
}

/** Blocks of one peer differ in length or in their last fields. */
function slotOf(block: Buffer, start: number, end: number): number {
  return (block[end - 1]! + 3 * block[start]! + 5 * (end - start)) & (SLOTS - 1);
}

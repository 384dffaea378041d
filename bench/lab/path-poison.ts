/**
 * A path that no server knows and that takes another's place on the wire to the byte: one letter of the method is
 * swapped for one whose Huffman code is as long. What the action `rewrite` of l7-kernel writes into a refused call.
 */
import { huffmanEncode, huffmanEncodedBytes } from "../../loadgen/http2/huffman.js";

/** The eBPF program pokes at most two bytes. */
const MOST_BYTES = 2;
const LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** Null where no letter of the method has such a neighbour. */
export function poisonOf(path: string): string | null {
  for (let at = path.lastIndexOf("/") + 1; at < path.length; at++) {
    for (const letter of LETTERS) {
      if (letter === path[at]) continue;
      const candidate = path.slice(0, at) + letter + path.slice(at + 1);
      if (fitsInPlace(huffman(path), huffman(candidate))) return candidate;
    }
  }
  return null;
}

function fitsInPlace(text: Buffer, other: Buffer): boolean {
  if (text.length !== other.length) return false;
  const differing = [...text.keys()].filter((at) => text[at] !== other[at]);
  return (differing.at(-1) ?? 0) - (differing[0] ?? 0) < MOST_BYTES;
}

function huffman(text: string): Buffer {
  const into = Buffer.alloc(huffmanEncodedBytes(text));
  huffmanEncode(text, into, 0);
  return into;
}

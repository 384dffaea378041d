/**
 * The Huffman code of HPACK (RFC 7541 §5.2, appendix B), for octets 0 … 255.
 *
 * The code is canonical: sorted by length, then by symbol, each code is its predecessor plus one. So the lengths below
 * are the whole table. Decoding takes four bits a step: no code is shorter than five, so a step yields one symbol at
 * most, and the table (257 states × 16) stays in the first-level cache.
 */

/** Bits of the code of each octet, and of the end of string (EOS) at 256. */
// prettier-ignore
const CODE_BITS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const EOS = 256;
const CODES = canonicalCodes();

/** Bytes that `text` takes in Huffman form. @throws RangeError when it holds a character above U+00FF */
export function huffmanEncodedBytes(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += bitsOf(text.charCodeAt(i));
  return (bits + 7) >>> 3;
}

/** Writes `text`, one octet a character, padded with ones (the beginning of EOS); returns the offset behind it. */
export function huffmanEncode(text: string, into: Buffer, at: number): number {
  let partial = 0;
  let partialBits = 0;
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i);
    let left = bitsOf(octet);
    while (left > 0) {
      const taken = Math.min(8 - partialBits, left);
      left -= taken;
      partial = (partial << taken) | ((CODES[octet]! >>> left) & (0xff >>> (8 - taken)));
      partialBits += taken;
      if (partialBits === 8) {
        into[at++] = partial;
        partial = 0;
        partialBits = 0;
      }
    }
  }
  if (partialBits > 0) into[at++] = (partial << (8 - partialBits)) | (0xff >>> partialBits);
  return at;
}

/** Room that `huffmanDecode` needs for so many encoded bytes: the shortest code has five bits. */
export function huffmanDecodedBytesAtMost(encodedBytes: number): number {
  return Math.floor((encodedBytes * 8) / 5);
}

/**
 * Decodes `source[start … end)` to `into[0 …)` and returns the number of octets. Returns −1 where RFC 7541 §5.2 wants
 * an error: EOS inside, padding of a byte or more, padding that is not all ones.
 */
export function huffmanDecode(source: Buffer, start: number, end: number, into: Buffer): number {
  let state = 0;
  let octets = 0;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    const high = STEPS[(state << 4) | (byte >>> 4)]!;
    if ((high & YIELDS) !== 0) into[octets++] = high & 0xff;
    const low = STEPS[((high >>> STATE_SHIFT) << 4) | (byte & 0xf)]!;
    if ((low & YIELDS) !== 0) into[octets++] = low & 0xff;
    state = low >>> STATE_SHIFT;
  }
  return MAY_END[state] === 1 ? octets : -1;
}

function bitsOf(octet: number): number {
  if (octet > 0xff)
    throw new RangeError(`character U+${octet.toString(16)} does not fit in an octet of a header field`);
  return CODE_BITS[octet]!;
}

function canonicalCodes(): Uint32Array {
  const symbols = CODE_BITS.map((_, symbol) => symbol).sort((a, b) => CODE_BITS[a]! - CODE_BITS[b]! || a - b);
  const codes = new Uint32Array(CODE_BITS.length);
  let next = 0;
  let bits = 0;
  for (const symbol of symbols) {
    next <<= CODE_BITS[symbol]! - bits;
    bits = CODE_BITS[symbol]!;
    codes[symbol] = next++;
  }
  return codes;
}

/** A step: the octet it yields (low 8 bits, where YIELDS is set) and the state behind it. */
const YIELDS = 0x100;
const STATE_SHIFT = 9;
/** 256 inner nodes of the code's tree, the root being 0; then the one that nothing leads out of, behind EOS. */
const DEAD = 256;
const { STEPS, MAY_END } = decodingTables();

/** Children of each inner node: another inner node, or ~symbol. */
function codeTree(): Int16Array {
  const children = new Int16Array(DEAD * 2);
  let nodes = 1;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let node = 0;
    for (let left = CODE_BITS[symbol]! - 1; left > 0; left--) {
      const branch = node * 2 + ((CODES[symbol]! >>> left) & 1);
      if (children[branch] === 0) children[branch] = nodes++;
      node = children[branch]!;
    }
    children[node * 2 + (CODES[symbol]! & 1)] = ~symbol;
  }
  return children;
}

function decodingTables(): { STEPS: Uint32Array; MAY_END: Uint8Array } {
  const children = codeTree();
  const steps = new Uint32Array((DEAD + 1) * 16).fill(DEAD << STATE_SHIFT);
  for (let state = 0; state < DEAD; state++) {
    for (let nibble = 0; nibble < 16; nibble++) steps[state * 16 + nibble] = step(children, state, nibble);
  }
  // A string may end between symbols or within up to seven ones.
  const mayEnd = new Uint8Array(DEAD + 1);
  for (let state = 0, ones = 0; ones < 8; ones++, state = children[state * 2 + 1]!) mayEnd[state] = 1;
  return { STEPS: steps, MAY_END: mayEnd };
}

function step(children: Int16Array, from: number, nibble: number): number {
  let node = from;
  let yielded = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = children[node * 2 + ((nibble >>> bit) & 1)]!;
    if (child === ~EOS) return DEAD << STATE_SHIFT;
    if (child < 0) yielded = YIELDS | ~child;
    node = child < 0 ? 0 : child;
  }
  return (node << STATE_SHIFT) | yielded;
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { isWholeMessage, MessageFraming, messageLength, writeMessagePrefix } from "./message-framing.js";

function framed(message: Buffer, compressed = 0): Buffer {
  const bytes = Buffer.alloc(5 + message.length);
  message.copy(bytes, writeMessagePrefix(bytes, 0, message.length));
  bytes[0] = compressed;
  return bytes;
}

function pushAll(framing: MessageFraming, pieces: readonly Buffer[], keep = true): void {
  for (const piece of pieces) framing.push(piece, 0, piece.length, keep);
}

test("a message is the same however it is cut", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(205), { maxLength: 6 }), (content, cuts) => {
      const message = Buffer.from(content);
      const bytes = framed(message);
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const framing = new MessageFraming(1_000);
      pushAll(
        framing,
        at.slice(1).map((end, i) => bytes.subarray(at[i], end)),
      );
      expect(framing.problem).toBeNull();
      expect(framing.isWhole).toBe(true);
      expect(framing.held.subarray(0, framing.bytes)).toEqual(message);
    }),
  );
});

test("it is whole only when its last byte has come", () => {
  const bytes = framed(Buffer.from("hello"));
  const framing = new MessageFraming(1_000);
  expect([framing.isUntouched, framing.isWhole]).toEqual([true, false]);
  for (let at = 0; at < bytes.length; at++) {
    expect(framing.isWhole).toBe(false);
    framing.push(bytes, at, at + 1, false);
    expect(framing.isUntouched).toBe(false);
  }
  expect(framing.isWhole).toBe(true);
  expect(framing.held.length).toBe(0);
  framing.reset();
  expect([framing.isUntouched, framing.isWhole, framing.bytes]).toEqual([true, false, 0]);
});

test("what is behind the message is a second one", () => {
  for (const rest of [Buffer.from([0]), framed(Buffer.from("again"))]) {
    const together = new MessageFraming(1_000);
    pushAll(together, [Buffer.concat([framed(Buffer.from("one")), rest])]);
    expect(together.problem).toBe("more than one message");
    const apart = new MessageFraming(1_000);
    pushAll(apart, [framed(Buffer.alloc(0)), rest]);
    expect(apart.problem).toBe("more than one message");
  }
});

test("a compressed message and one that is too large are refused at their prefix", () => {
  const compressed = new MessageFraming(1_000);
  pushAll(compressed, [framed(Buffer.alloc(3), 1).subarray(0, 5)]);
  expect(compressed.problem).toBe("compressed");
  const large = new MessageFraming(1_000);
  pushAll(large, [framed(Buffer.alloc(1_001)).subarray(0, 5)]);
  expect(large.problem).toBe("too large");
});

test("memory grows with what has come, not with what was promised", () => {
  const framing = new MessageFraming(1 << 30);
  const prefix = Buffer.alloc(5);
  writeMessagePrefix(prefix, 0, 1 << 29);
  pushAll(framing, [prefix, Buffer.alloc(1_000)]);
  expect(framing.held.length).toBeLessThan(3_000);
});

test("a whole message in one piece is recognised, anything else is not", () => {
  const bytes = framed(Buffer.from("hello"));
  expect(isWholeMessage(bytes, 0, bytes.length)).toBe(true);
  expect(messageLength(bytes, 0)).toBe(5);
  expect(isWholeMessage(bytes, 0, bytes.length - 1)).toBe(false);
  expect(isWholeMessage(bytes, 0, 4)).toBe(false);
  expect(isWholeMessage(framed(Buffer.from("hello"), 1), 0, bytes.length)).toBe(false);
  expect(isWholeMessage(Buffer.concat([bytes, bytes]), 0, 2 * bytes.length)).toBe(false);
});

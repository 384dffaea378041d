import { expect, test } from "vitest";
import { OutputBuffer, type ByteSink } from "./output-buffer.js";

/** Keeps what it is given by reference, as a socket does that could not send at once. */
class HoldingSink implements ByteSink {
  readonly pieces: Buffer[] = [];
  writableLength = 0;

  constructor(private readonly holds: boolean) {}

  write(bytes: Buffer): void {
    this.pieces.push(this.holds ? bytes : Buffer.from(bytes));
    if (this.holds) this.writableLength += bytes.length;
  }

  destroySoon(): void {}
  destroy(): void {}

  get text(): string {
    return Buffer.concat(this.pieces).toString();
  }
}

function put(output: OutputBuffer, text: string): void {
  const at = output.reserve(text.length);
  output.commit(at + output.bytes.write(text, at));
}

test("what is put before a flush is one write", () => {
  const sink = new HoldingSink(false);
  const output = new OutputBuffer(sink);
  put(output, "one ");
  put(output, "two");
  expect(sink.pieces).toEqual([]);
  output.flush();
  output.flush();
  expect(sink.pieces.map(String)).toEqual(["one two"]);
  expect(output.writes).toBe(1);
});

test("memory is used again once the socket has taken everything", () => {
  const sink = new HoldingSink(false);
  const output = new OutputBuffer(sink);
  const { bytes } = output;
  for (let i = 0; i < 10_000; i++) {
    put(output, "x".repeat(100));
    output.flush();
  }
  expect(output.bytes).toBe(bytes);
  expect(output.reserve(1)).toBe(0);
});

test("bytes that the socket still holds are never written over", () => {
  const sink = new HoldingSink(true);
  const output = new OutputBuffer(sink);
  let expected = "";
  for (let i = 0; i < 5_000; i++) {
    const text = `${i} `.padEnd(60 + (i % 50), ".");
    expected += text;
    put(output, text);
    if (i % 3 === 0) output.flush();
  }
  output.flush();
  expect(sink.text).toBe(expected);
});

test("after a drain the memory behind what was held is used", () => {
  const sink = new HoldingSink(true);
  const output = new OutputBuffer(sink);
  put(output, "held");
  output.flush();
  sink.writableLength = 0;
  put(output, " and more");
  output.flush();
  expect(sink.text).toBe("held and more");
});

test("what does not fit into one piece of memory waits for the flush all the same, in order", () => {
  const sink = new HoldingSink(false);
  const output = new OutputBuffer(sink);
  for (const letter of "abcdefgh") put(output, letter.repeat(60_000));
  expect(sink.pieces).toEqual([]);
  expect(output.backlog).toBe(480_000);
  expect(output.isEmpty).toBe(false);
  output.flush();
  expect(sink.text).toBe([..."abcdefgh"].map((letter) => letter.repeat(60_000)).join(""));
  expect(output.isEmpty).toBe(true);
  expect(output.backlog).toBe(0);
});

test("the backlog counts what the socket holds and what was not flushed", () => {
  const sink = new HoldingSink(true);
  const output = new OutputBuffer(sink);
  put(output, "abc");
  output.flush();
  put(output, "de");
  expect(output.backlog).toBe(5);
});

/**
 * Answers to one call, as servers and proxies give them and as they should not, each with the status that the call must
 * end with.
 */
import { statusOfHttp, statusOfReset } from "../../grpc/http-status-mapping.js";
import { writeMessagePrefix } from "../../grpc/message-framing.js";
import { GRPC_STATUS } from "../../grpc/status.js";
import { reset } from "./connection-frames.js";
import type { Draw } from "./draw.js";
import type { Turn } from "./interleave.js";
import { dataFrames, headerFrames, type BlockWriter } from "./raw-frame.js";

export interface ScriptedAnswer {
  readonly turns: readonly Turn[];
  readonly status: number;
}

export function scriptedAnswer(draw: Draw, writer: BlockWriter, streamId: number): ScriptedAnswer {
  const speaker = new Speaker(draw, writer, streamId);
  const kind = draw.weighted(KINDS.map(([weight, answer]) => [weight, () => answer] as const));
  return kind(speaker);
}

type Fields = readonly (readonly [name: string, value: string])[];

/** Says things on one stream. */
class Speaker {
  constructor(
    readonly draw: Draw,
    private readonly writer: BlockWriter,
    readonly streamId: number,
  ) {}

  headers(fields: Fields): Turn {
    return () => headerFrames(this.draw, this.streamId, this.writer.block(fields), false);
  }

  lastHeaders(fields: Fields): Turn {
    return () => headerFrames(this.draw, this.streamId, this.writer.block(fields), true);
  }

  data(body: Buffer): Turn[] {
    return dataFrames(this.draw, this.streamId, body, false).map((frame) => () => [frame]);
  }

  lastData(body: Buffer): Turn[] {
    return dataFrames(this.draw, this.streamId, body, true).map((frame) => () => [frame]);
  }

  /** A message with its prefix. */
  message(): Buffer {
    const { draw } = this;
    const length = draw.chance(0.1) ? draw.between(10_000, 120_000) : draw.between(1, 300);
    const message = draw.filler(length + 5);
    writeMessagePrefix(message, 0, length);
    return message;
  }
}

const HEAD: Fields = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];
const TRAILERS: Fields = [["grpc-status", "0"]];

const KINDS: readonly (readonly [weight: number, answer: (speaker: Speaker) => ScriptedAnswer])[] = [
  [8, good],
  [1, goodBehindEarlyHints],
  [1, goodWithContentLength],
  [2, trailersOnly],
  [1, failureBehindMessage],
  [1, httpError],
  [1, brokenOff],
  [0.5, compressed],
  [0.5, twoMessages],
  [0.5, noMessage],
  [0.5, partOfAMessage],
  [0.5, unknownStatus],
  [1.5, malformed],
];

function good(speaker: Speaker): ScriptedAnswer {
  const turns = [speaker.headers(HEAD), ...speaker.data(speaker.message()), speaker.lastHeaders(TRAILERS)];
  return { turns, status: GRPC_STATUS.OK };
}

function goodBehindEarlyHints(speaker: Speaker): ScriptedAnswer {
  return { turns: [speaker.headers([[":status", "103"]]), ...good(speaker).turns], status: GRPC_STATUS.OK };
}

function goodWithContentLength(speaker: Speaker): ScriptedAnswer {
  const message = speaker.message();
  const head = speaker.headers([...HEAD, ["content-length", String(message.length)]]);
  return { turns: [head, ...speaker.data(message), speaker.lastHeaders(TRAILERS)], status: GRPC_STATUS.OK };
}

function failure(status: number): Fields {
  return [
    ["grpc-status", String(status)],
    ["grpc-message", "n%C3%B6 50%"],
  ];
}

function trailersOnly(speaker: Speaker): ScriptedAnswer {
  const status = speaker.draw.between(1, 16);
  return { turns: [speaker.lastHeaders([...HEAD, ...failure(status)])], status };
}

function failureBehindMessage(speaker: Speaker): ScriptedAnswer {
  const status = speaker.draw.between(1, 16);
  const turns = [speaker.headers(HEAD), ...speaker.data(speaker.message()), speaker.lastHeaders(failure(status))];
  return { turns, status };
}

function httpError(speaker: Speaker): ScriptedAnswer {
  const httpStatus = speaker.draw.pick([200, 400, 401, 403, 404, 429, 500, 502, 503, 504]);
  const head: Fields = [[":status", String(httpStatus)]];
  const status = statusOfHttp(httpStatus);
  if (speaker.draw.chance(0.5)) return { turns: [speaker.lastHeaders(head)], status };
  return { turns: [speaker.headers(head), ...speaker.lastData(Buffer.from("<html>"))], status };
}

function brokenOff(speaker: Speaker): ScriptedAnswer {
  const code = speaker.draw.below(15);
  const before = good(speaker).turns.slice(0, speaker.draw.below(2));
  return { turns: [...before, () => [reset(speaker.streamId, code)]], status: statusOfReset(code) };
}

function compressed(speaker: Speaker): ScriptedAnswer {
  const message = speaker.message();
  message[0] = 1;
  return { turns: [speaker.headers(HEAD), ...speaker.lastData(message)], status: GRPC_STATUS.INTERNAL };
}

function twoMessages(speaker: Speaker): ScriptedAnswer {
  const messages = Buffer.concat([speaker.message(), speaker.message()]);
  return { turns: [speaker.headers(HEAD), ...speaker.lastData(messages)], status: GRPC_STATUS.INTERNAL };
}

function noMessage(speaker: Speaker): ScriptedAnswer {
  return { turns: [speaker.headers(HEAD), speaker.lastHeaders(TRAILERS)], status: GRPC_STATUS.INTERNAL };
}

function partOfAMessage(speaker: Speaker): ScriptedAnswer {
  const part = speaker.message().subarray(0, -1);
  const turns = [speaker.headers(HEAD), ...speaker.data(part), speaker.lastHeaders(TRAILERS)];
  return { turns, status: GRPC_STATUS.INTERNAL };
}

function unknownStatus(speaker: Speaker): ScriptedAnswer {
  const status = speaker.draw.pick(["seventeen", "17", "99999", "-1"]);
  return { turns: [speaker.lastHeaders([...HEAD, ["grpc-status", status]])], status: GRPC_STATUS.UNKNOWN };
}

/** RFC 9113 §8.1-8.3, one thing at a time. What comes behind such a head is ignored. */
function malformed(speaker: Speaker): ScriptedAnswer {
  const status: Fields = [[":status", "200"]];
  const head = speaker.draw.pick<Fields>([
    [],
    [["content-type", "application/grpc"]],
    [[":status", "101"]],
    [[":status", "2000"]],
    [...status, ...status],
    [["content-type", "application/grpc"], ...status],
    [...status, [":path", "/"]],
    [...status, ["Upper", "1"]],
    [...status, ["transfer-encoding", "chunked"]],
    [...status, ["content-length", "-1"]],
    // What stands behind it must enter the table all the same.
    [...status, ["x-too-large", "l".repeat(70_000)], ["x-behind", "1"]],
  ]);
  const turns = speaker.draw.chance(0.5)
    ? [speaker.lastHeaders(head)]
    : [speaker.headers(head), ...good(speaker).turns.slice(1)];
  return { turns, status: GRPC_STATUS.INTERNAL };
}

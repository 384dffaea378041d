/**
 * One input of the fuzzer, made from its seed alone, and the judgement on what an endpoint made of it.
 *
 * Whatever the peer sends: nothing is thrown, every started call ends exactly once, all that is written is lawful, and
 * it makes no difference how the peer's bytes were cut. Where the conversation is lawful, all of it is answered too.
 */
import { clientScript } from "./client-script.js";
import { playClient, type ClientOutcome } from "./client-target.js";
import { Draw } from "./draw.js";
import { mutate } from "./mutation.js";
import { playPair } from "./pair-target.js";
import { asBytes, cutAnywhere, describeScript, type ByteScript } from "./script.js";
import { playServer, serverDigest, type ServerOutcome } from "./server-target.js";
import { serverScript } from "./server-script.js";

export interface FuzzFailure {
  readonly seed: number;
  readonly target: string;
  readonly problem: string;
  /** The input for people: bytes in hexadecimal digits and what happened between them. */
  readonly input: string;
}

/** Share of inputs that break no rule. */
const LAWFUL = 0.15;

/** Makes the input of this seed and plays it. */
export async function runInput(seed: number): Promise<FuzzFailure | null> {
  const draw = new Draw(seed);
  const lawful = draw.chance(LAWFUL);
  const kind = draw.weighted([
    [45, () => serverInput],
    [45, () => clientInput],
    [10, () => pairInput],
  ]);
  const { target, problem, input } = await kind(draw, lawful);
  return problem === null ? null : { seed, target, problem, input };
}

interface Judged {
  readonly target: string;
  readonly problem: string | null;
  readonly input: string;
}

async function serverInput(draw: Draw, lawful: boolean): Promise<Judged> {
  const { script, mustBeAnswered } = clientScript(draw, lawful);
  const bytes = lawful ? asBytes(script) : mutate(draw, script);
  const cut = cutAnywhere(draw, bytes);
  const problem = await guarded(async () => {
    const whole = await playServer(bytes);
    const inPieces = await playServer(cut);
    return (
      whole.problem ??
      inPieces.problem ??
      (lawful ? unanswered(whole, mustBeAnswered) : null) ??
      (whole.backlogged || inPieces.backlogged ? null : difference(serverDigest(whole), serverDigest(inPieces)))
    );
  });
  return judged("server", problem, bytes, cut);
}

async function clientInput(draw: Draw, lawful: boolean): Promise<Judged> {
  const { script, statuses } = serverScript(draw, lawful);
  const bytes = lawful ? asBytes(script) : mutate(draw, script);
  const cut = cutAnywhere(draw, bytes);
  // Calls that wait for room are other calls when the room comes at another time: then cutting may matter.
  const patience = draw.pick(lawful ? (["none"] as const) : (["none", "none", "steps", "callbacks"] as const));
  const problem = await guarded(() => {
    const whole = playClient(bytes, patience);
    const inPieces = playClient(cut, patience);
    const found =
      whole.problem ??
      inPieces.problem ??
      (lawful ? difference(`statuses ${statuses.join()}`, clientDigest(whole)) : null) ??
      (patience === "none" ? difference(clientDigest(whole), clientDigest(inPieces)) : null);
    return Promise.resolve(found);
  });
  return judged("client", problem, bytes, cut);
}

async function pairInput(draw: Draw, lawful: boolean): Promise<Judged> {
  const log: (string | Buffer)[] = [];
  // Damage ends most of these conversations early, so it is left out more often.
  const problem = await guarded(() => playPair(draw, lawful || draw.chance(0.4), log));
  const input =
    problem === null ? "" : log.map((line) => (typeof line === "string" ? line : line.toString("hex"))).join("\n");
  return { target: "client and server", problem, input };
}

function judged(target: string, problem: string | null, bytes: ByteScript, cut: ByteScript): Judged {
  if (problem === null) return { target, problem, input: "" };
  return { target, problem, input: `${describeScript(bytes)}\n\nand in pieces\n${describeScript(cut)}` };
}

async function guarded(play: () => Promise<string | null>): Promise<string | null> {
  try {
    return await play();
  } catch (error) {
    return `thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function unanswered({ errors, referee }: ServerOutcome, mustBeAnswered: readonly number[]): string | null {
  if (errors.length > 0) return `a lawful conversation ended with the error ${errors.join()}`;
  const missing = mustBeAnswered.filter((id) => {
    const stream = referee.streams.get(id);
    return stream === undefined || !(stream.ended || stream.reset !== null);
  });
  return missing.length === 0 ? null : `no answer on the streams ${missing.join()}`;
}

function clientDigest({ statuses }: ClientOutcome): string {
  return `statuses ${statuses.join()}`;
}

function difference(expected: string, seen: string): string | null {
  return expected === seen ? null : `expected\n${expected}\nseen\n${seen}`;
}

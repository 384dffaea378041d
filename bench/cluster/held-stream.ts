/**
 * One stream into the driver's pod, opened in the name of this command line: `kubectl exec` to the relay, whose first line
 * says who speaks. Both ends are heard of every few seconds, so that a stream which broke without a word is noticed.
 */
import { Fault } from "../../loadgen/fault.js";
import { orKilled } from "../or-killed.js";
import type { CommandStream } from "../shell.js";
import { explainFailure, explainSilence } from "./kubectl-fault.js";
import { ANSWER_MS, type Kubectl } from "./kubectl.js";
import { PROGRAM_PATH } from "./pod-manifest.js";
import {
  GIVEN_UP_AFTER_MS,
  PING_EVERY_MS,
  type FromDriver,
  type HoldAnswer,
  type HoldOrder,
  type ToDriver,
} from "./pod-protocol.js";
import { CONTAINER } from "./run-names.js";

/** Who wants the driver, and where it is. */
export interface DriverPlace {
  readonly kubectl: Kubectl;
  readonly pod: string;
  /** Names this command line, and no other. */
  readonly holder: string;
}

export interface HeldStream {
  /** Names the driver's process: one that was started anew has another. */
  readonly driver: string;
  send(message: ToDriver): void;
  /** Resolves when the stream has ended. */
  close(): Promise<void>;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<Fault>;
}

/** Somebody else holds the driver. */
export class DriverHeld extends Fault {
  readonly quietMs: number;
  /** Its stream stands. */
  readonly isConnected: boolean;

  constructor({ quietMs, isConnected }: { readonly quietMs: number; readonly isConnected: boolean }) {
    const seconds = (quietMs / 1000).toFixed(0);
    super({
      fact: "another command line holds the driver of this run",
      expected: `one at a time; another is let in ${GIVEN_UP_AFTER_MS / 1000} s after the last word of the one before it`,
      seen: `heard of ${seconds} s ago, its stream ${isConnected ? "stands" : "is broken"}`,
      so: "nothing of the run was touched",
      try: "wait for it to end, or end it; then tollgate run --attach",
    });
    this.quietMs = quietMs;
    this.isConnected = isConnected;
  }
}

const END_WITHIN_MS = 1_000;

/** @throws DriverHeld; KubectlFault when the pod cannot be entered, or the driver says nothing */
export async function holdDriver(
  { kubectl, pod, holder }: DriverPlace,
  hear: (message: FromDriver) => void,
): Promise<HeldStream> {
  let heardAtMs = performance.now();
  let hearFirst: (answer: HoldAnswer) => void = () => undefined;
  const first = new Promise<HoldAnswer>((resolve) => (hearFirst = resolve));
  const stream = await kubectl.execLines({ pod, container: CONTAINER }, ["node", PROGRAM_PATH, "relay"], (line) => {
    heardAtMs = performance.now();
    const message = JSON.parse(line) as FromDriver | HoldAnswer;
    if ("held" in message || "refused" in message) hearFirst(message);
    else hear(message);
  });
  const send = (message: ToDriver | HoldOrder): void => stream.send(JSON.stringify(message));
  send({ hold: holder });
  const answer = await firstAnswer(first, stream, kubectl.context, pod);
  if ("refused" in answer) {
    await endStream(stream);
    throw new DriverHeld(answer.refused);
  }
  const pings = setInterval(() => {
    if (performance.now() - heardAtMs > GIVEN_UP_AFTER_MS) stream.kill();
    else send({ ping: Date.now() });
  }, PING_EVERY_MS);
  const ended = stream.ended.then(({ exitCode, stderr }) => {
    clearInterval(pings);
    return streamEnded(exitCode, stderr);
  });
  return { driver: answer.held, send, close: () => endStream(stream), ended };
}

async function firstAnswer(
  first: Promise<HoldAnswer>,
  stream: CommandStream,
  context: string,
  pod: string,
): Promise<HoldAnswer> {
  const command = `kubectl exec ${pod} -- node ${PROGRAM_PATH} relay`;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(explainSilence(context, command, ANSWER_MS)), ANSWER_MS);
  });
  const gone = stream.ended.then(({ exitCode, stderr }) => {
    throw explainFailure({ context, command, exitCode, stderr });
  });
  try {
    return await Promise.race([first, gone, silence]);
  } catch (error) {
    stream.kill();
    throw error;
  } finally {
    clearTimeout(timer);
    gone.catch(() => undefined); // every stream ends some day
  }
}

async function endStream(stream: CommandStream): Promise<void> {
  stream.closeInput();
  await orKilled(stream, END_WITHIN_MS, stream.ended);
}

function streamEnded(exitCode: number, stderr: string): Fault {
  return new Fault({
    fact: "the stream to the driver in the cluster ended",
    expected: "one kubectl exec that lives as long as the run, or can be opened again",
    seen: stderr.trim() === "" ? `exit code ${exitCode}` : stderr.trim(),
    so: "whatever was being measured is void",
  });
}

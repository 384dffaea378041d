import { afterEach, describe, expect, test, vi } from "vitest";
import type { Fault } from "../../loadgen/fault.js";
import type { CommandResult, CommandStream } from "../shell.js";
import { DriverLink } from "./driver-link.js";
import { DriverHeld } from "./held-stream.js";
import type { ContainerPlace, Kubectl } from "./kubectl.js";
import { GIVEN_UP_AFTER_MS, PING_EVERY_MS } from "./pod-protocol.js";

/** What a relay's stream does from its beginning. */
type Script = (stream: ScriptedStream) => void;

interface ScriptedStream {
  /** Lines that the command line has sent over it. */
  readonly sent: unknown[];
  say(message: unknown): void;
  /** Breaks off, with kubectl's last words. */
  end(stderr: string): void;
}

/** One stream per script, in the order in which they are opened. */
function cluster(...scripts: readonly Script[]): { kubectl: Kubectl; streams: ScriptedStream[] } {
  const streams: ScriptedStream[] = [];
  const execLines = (
    _: ContainerPlace,
    __: readonly string[],
    onLine: (line: string) => void,
  ): Promise<CommandStream> => {
    let end: (result: CommandResult) => void = () => undefined;
    const ended = new Promise<CommandResult>((resolve) => (end = resolve));
    const stop = (stderr = ""): void => end({ exitCode: stderr === "" ? 0 : 1, stdout: "", stderr });
    const sent: unknown[] = [];
    const stream = { sent, say: (message: unknown) => onLine(JSON.stringify(message)), end: stop };
    const script = scripts[streams.length];
    streams.push(stream);
    queueMicrotask(() => script?.(stream));
    const send = (line: string): void => void sent.push(JSON.parse(line));
    return Promise.resolve({ send, closeInput: () => stop(), kill: () => stop(), ended });
  };
  return { kubectl: { context: "test", execLines } as unknown as Kubectl, streams };
}

const held =
  (driver: string): Script =>
  (stream) =>
    stream.say({ held: driver });
const open = (kubectl: Kubectl): Promise<DriverLink> =>
  DriverLink.open({ kubectl, pod: "tollgate-driver", holder: "this command line" });
const settled = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

afterEach(() => void vi.useRealTimers());

describe("a stream to the driver", () => {
  test("whose far end is silent, though nobody closed it, is given up and opened anew; one that answers pings is not", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { kubectl, streams } = cluster(held("d1"), held("d1"));
    const link = await open(kubectl);
    const answer = link.call("idle", null);
    for (let ms = 0; ms < 2 * GIVEN_UP_AFTER_MS; ms += PING_EVERY_MS) {
      vi.advanceTimersByTime(PING_EVERY_MS);
      expect(streams[0]?.sent.at(-1)).toEqual({ ping: expect.any(Number) as number });
      streams[0]?.say({ pong: 0 });
    }
    expect(link.breaks).toBe(0);
    vi.advanceTimersByTime(GIVEN_UP_AFTER_MS + PING_EVERY_MS);
    await new Promise((resolve) => setImmediate(resolve));
    expect(streams[1]?.sent).toHaveLength(2);
    streams[1]?.say({ id: 1, answer: 42 });
    expect(await answer).toBe(42);
    expect(link.breaks).toBe(1);
    await link.close();
  });

  test("that breaks is opened anew in the same name, and what was not answered is asked again", async () => {
    const { kubectl, streams } = cluster(held("d1"), held("d1"));
    const link = await open(kubectl);
    const answer = link.call("idle", null);
    streams[0]?.end("error: lost connection to pod");
    await until(() => streams[1]?.sent.length === 2);
    expect(streams[1]?.sent).toEqual([{ hold: "this command line" }, { id: 1, call: "idle", ask: null }]);
    streams[1]?.say({ id: 1, answer: 42 });
    expect(await answer).toBe(42);
    expect(link.breaks).toBe(1);
    await link.close();
  });

  test("that breaks is tried again when the cluster does not take it at once", { timeout: 10_000 }, async () => {
    const refused: Script = (stream) => stream.end("error: unable to upgrade connection: container not found");
    const { kubectl, streams } = cluster(held("d1"), refused, held("d1"));
    const link = await open(kubectl);
    const answer = link.call("idle", null);
    streams[0]?.end("error: lost connection to pod");
    await until(() => streams[2]?.sent.length === 2);
    streams[2]?.say({ id: 1, answer: 42 });
    expect(await answer).toBe(42);
    await link.close();
  });

  test("to a driver that was started anew, which knows of nothing, ends what was asked", async () => {
    const { kubectl, streams } = cluster(held("d1"), held("d2"));
    const link = await open(kubectl);
    const answer = settled(link.call("idle", null));
    streams[0]?.end("error: lost connection to pod");
    expect(((await answer) as Fault).text.fact).toBe("the driver in the cluster was started anew");
  });

  test("into a pod that is gone is given up at once", async () => {
    const gone: Script = (stream) => stream.end('Error from server (NotFound): pods "tollgate-driver" not found');
    const { kubectl, streams } = cluster(held("d1"), gone);
    const link = await open(kubectl);
    const answer = settled(link.call("idle", null));
    streams[0]?.end("command terminated with exit code 137");
    const { text } = (await answer) as Fault;
    expect(text).toMatchObject({
      fact: "the stream to the driver in the cluster ended",
      seen: expect.stringContaining("137") as string,
    });
    expect(streams).toHaveLength(2);
  });

  test("is refused while somebody else holds the driver, at its beginning and when it is opened anew", async () => {
    const refused: Script = (stream) => stream.say({ refused: { quietMs: 2_000, isConnected: true } });
    const first = await settled(open(cluster(refused).kubectl));
    expect(first).toBeInstanceOf(DriverHeld);
    expect((first as Fault).text.seen).toBe("heard of 2 s ago, its stream stands");
    const { kubectl, streams } = cluster(held("d1"), refused);
    const link = await open(kubectl);
    const answer = settled(link.call("idle", null));
    streams[0]?.end("error: lost connection to pod");
    expect(await answer).toBeInstanceOf(DriverHeld);
  });

  test("that this side closes is not opened again", async () => {
    const { kubectl, streams } = cluster(held("d1"));
    const link = await open(kubectl);
    await link.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(streams).toHaveLength(1);
  });
});

/**
 * Control connections between the pods of a run: JSON lines over TCP, opened with the run's token.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, connect, type Server, type Socket } from "node:net";
import { Fault } from "../../loadgen/fault.js";
import type { WorkerPipe } from "../../loadgen/worker-process.js";
import type { PodAddress } from "./pod-protocol.js";

/** A peer that has shown the token: gets a socket to answer on, yields who hears its lines. */
export type Welcome = (socket: Socket) => (message: unknown) => void;

/** Where nobody listens yet, as in a pod that is being started, is asked again after this time. */
const RETRY_MS = 100;
const CONNECT_WITHIN_MS = 2_000;

/** Resolves when it listens. */
export function listenControl(port: number, host: string, token: string, welcome: Welcome): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    let hear: ((message: unknown) => void) | null = null;
    socket.on("error", () => socket.destroy());
    readMessages(socket, (message) => {
      if (hear !== null) hear(message);
      else if (holdsToken(message, token)) hear = welcome(socket);
      else socket.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

/**
 * Opens a control connection; a pod that is only being started is asked again until `withinMs` is over.
 * @throws Fault that names the pod
 */
export async function dialControl(
  { pod, ip }: PodAddress,
  port: number,
  token: string,
  withinMs: number,
): Promise<Socket> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    try {
      const socket = await connected(ip, port);
      sendMessage(socket, { token });
      return socket;
    } catch (error) {
      if (performance.now() < giveUpAt) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      throw new Fault({
        fact: `the driver cannot reach pod ${pod}`,
        expected: `a control connection to ${ip}:${port} within ${withinMs / 1000} s`,
        seen: error instanceof Error ? error.message : String(error),
        try: "kubectl logs of that pod; a policy of the cluster may stand between the two",
      });
    }
  }
}

export function sendMessage(socket: Socket, message: unknown): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `hear` with each line; a peer that sends something else is cut off. */
export function readMessages(socket: Socket, hear: (message: unknown) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parsed(line);
      if (message === undefined) return void socket.destroy();
      hear(message);
    }
  });
}

/** The connection as the pipe that a load worker is spoken to through. */
export function workerPipe(socket: Socket, pod: string): WorkerPipe {
  return {
    title: `pod ${pod}`,
    stdin: socket,
    stdout: socket,
    stderr: null,
    kill: () => socket.destroy(),
    once: (event: "error" | "close", hear: (...args: never[]) => void) =>
      event === "error"
        ? socket.once("error", hear as (error: Error) => void)
        : socket.once("close", () => (hear as (code: null, signal: null) => void)(null, null)),
  };
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error("no answer")), CONNECT_WITHIN_MS);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", reject);
      socket.on("error", () => undefined); // "close" follows
      resolve(socket);
    });
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function holdsToken(message: unknown, token: string): boolean {
  const shown = (message as { readonly token?: unknown } | null)?.token;
  if (typeof shown !== "string" || shown.length !== token.length) return false;
  return timingSafeEqual(Buffer.from(shown), Buffer.from(token));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

import { spawn, type ChildProcess } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { leanTransport } from "../../loadgen/lean-transport.js";
import { seconds } from "../../loadgen/units.js";
import { programPath } from "../../proto/package-root.js";
import { paymentsPath } from "../../proto/payments.js";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** The first part of the output that matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exit: Promise<number | null>;
}

/** `tollgate serve …` as a process of its own. */
function serve(...parameters: string[]): Running {
  const child = spawn(process.execPath, [programPath("bench/main"), "serve", ...parameters]);
  children.push(child);
  let output = "";
  let look: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      look();
    });
  }
  return {
    child,
    output: () => output,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match);
        };
        look();
        child.once("close", () => reject(new Error(`it ended, and said: ${output}`)));
      }),
    exit: new Promise((resolve) => child.once("close", resolve)),
  };
}

async function callOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const target = {
      host: "127.0.0.1",
      port,
      localAddress: null,
      authority: "x",
      tls: null,
      connectTimeoutNs: seconds(5),
      literalHeaders: false,
    };
    const listener = {
      onSent() {},
      onEnded: (_tag: number, status: number) => resolve(status),
      onCapacity() {},
      onClosed() {},
    };
    leanTransport.connect(target, listener).then((connection) => {
      connection.start(
        { path: paymentsPath("ProcessPayment"), message: Buffer.alloc(0), timeoutNs: null, metadata: [] },
        0,
      );
      connection.flush();
    }, reject);
  });
}

test.each(["lean", "grpc-js"])(
  "%s: says where it listens, serves, and on SIGTERM tells what it counted",
  async (name) => {
    const running = serve("--listen", "127.0.0.1:0", "--transport", name);
    const [, port] = await running.until(/^listening on 127\.0\.0\.1:(\d+)\n/);
    expect(await callOnce(Number(port))).toBe(0);
    expect(await callOnce(Number(port))).toBe(0);
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(running.output()).toBe(
      `listening on 127.0.0.1:${port}\n127.0.0.1:${port}  2 connections\n  ProcessPayment                       2\n`,
    );
  },
);

test("goes on and ends in good order when nobody reads its words any more", async () => {
  const running = serve("--listen", "127.0.0.1:0");
  const [, port] = await running.until(/:(\d+)\n/);
  running.child.stdout?.destroy();
  expect(await callOnce(Number(port))).toBe(0);
  running.child.kill("SIGTERM");
  expect(await running.exit).toBe(0);
  expect(running.output()).toBe(`listening on 127.0.0.1:${port}\n`);
});

test("an address that is taken is a fault that names it", async () => {
  const first = serve("--listen", "127.0.0.1:0");
  const [, port] = await first.until(/:(\d+)\n/);
  const second = serve("--listen", `127.0.0.1:${port}`);
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain(`tollgate: cannot listen on 127.0.0.1:${port}`);
});

test.each([
  [["--tls-cert", "cert.pem"], "--tls-key FILE together"],
  [["--tls-cert", "none.pem", "--tls-key", "none.key"], "--tls-cert none.pem cannot be read"],
  [["--service-time", "soon"], "--service-time soon: not a service time"],
  [["--frobnicate"], "unknown option '--frobnicate'"],
])("%j is wrong usage", async (parameters, words) => {
  const running = serve("--listen", "127.0.0.1:0", ...parameters);
  expect(await running.exit).toBe(2);
  expect(running.output()).toContain(words);
});

/** Runs the built command as a process of its own, for tests; whatever still runs after a test is killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { afterEach } from "vitest";
import { programPath } from "../../proto/package-root.js";

export interface Told {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Told>;
  stdout = "";
  stderr = "";
  #look: () => void = () => undefined;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [programPath("bench/main"), ...args], { stdio: "pipe" });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#look();
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#look();
    });
    this.ended = new Promise((resolve) =>
      this.child.once("close", (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr })),
    );
  }

  /** The first part of its words that matches. */
  async heard(pattern: RegExp, stream: "stdout" | "stderr" = "stdout"): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      this.#look = () => {
        const match = pattern.exec(this[stream]);
        if (match !== null) resolve(match);
      };
      this.#look();
    });
    const gone = this.ended.then(({ code, stdout, stderr }) =>
      Promise.reject(new Error(`it ended with ${code}: ${stderr}\n${stdout}`)),
    );
    return Promise.race([found, gone]);
  }
}

const running: Running[] = [];
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill("SIGKILL");
});

export function start(...args: readonly string[]): Running {
  const started = new Running(args);
  running.push(started);
  return started;
}

export function tollgate(...args: readonly string[]): Promise<Told> {
  return start(...args).ended;
}

/** `tollgate serve` on a free port; the address it listens on. */
export async function serving(...args: readonly string[]): Promise<{ address: string; server: Running }> {
  const server = start("serve", "--listen", "127.0.0.1:0", ...args);
  const [, address] = await server.heard(/^listening on (\S+)\n/);
  return { address: address!, server };
}

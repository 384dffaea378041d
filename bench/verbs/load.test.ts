import { Writable } from "node:stream";
import { Command } from "commander";
import { afterEach, describe, expect, test } from "vitest";
import { Fault, renderFault } from "../../loadgen/fault.js";
import { registerCalibrate } from "./calibrate.js";
import { registerCrossCheck } from "./cross-check.js";
import { registerLoad } from "./load.js";

afterEach(() => {
  process.exitCode = undefined;
});

interface Told {
  readonly err: string;
  readonly exit: unknown;
}

/** The command line as bench/main.ts makes it, ending in words and an exit code instead of ending the process. */
async function tollgate(...args: readonly string[]): Promise<Told> {
  let err = "";
  const into = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      err += chunk.toString();
      done();
    },
  });
  const io = { stdout: into, stderr: into, env: {}, colour: false, live: false };
  const program = new Command("tollgate")
    .showSuggestionAfterError()
    .configureOutput({ writeErr: (text) => (err += text) })
    .exitOverride((error) => {
      throw error;
    });
  for (const register of [registerLoad, registerCalibrate, registerCrossCheck]) register(program, io);
  try {
    await program.parseAsync(args, { from: "user" });
    return { err, exit: process.exitCode };
  } catch (error) {
    if (error instanceof Fault) return { err: renderFault(error), exit: error.exitCode };
    return { err, exit: "usage" };
  }
}

const LOAD = ["load", "--target", "127.0.0.1:9", "--call", "payments.Payments/ProcessPayment"];

describe("wrong usage of load ends before anything is started", () => {
  test.each([
    [["--rat", "5"], "usage", "unknown option '--rat'\n(Did you mean --rate?)"],
    [["--duration", "5sec", "--rate", "5"], 2, "try       --duration 5s"],
    [["--rate", "99999999"], 2, "more than a schedule can hold"],
    [["--rate", "100", "--in-flight", "5"], 2, "--in-flight and --rate do not go together"],
    [["--rate", "100", "--call", "payments.Payments/Pay"], 2, "service payments.Payments has no method Pay"],
    [["--rate", "100", "--data", "{}}"], 2, "--data is not JSON"],
    [["--rate", "100", "--data", "@/nowhere.json"], 2, "--data: /nowhere.json cannot be read"],
    [["--rate", "100", "--proto", "/nowhere.proto"], 2, "the proto file /nowhere.proto cannot be read"],
    [["--rate", "100", "--cpus", "4095"], 2, "CPU 4095 is not there"],
    [["--rate", "100", "--arrival", "ramp:1"], 2, "ramp:FROM..TO"],
    [["--rate", "100", "--metadata", "te=x"], 2, "te is the protocol's"],
    [["--rate", "100", "--cacert", "/nowhere.pem"], 2, "--cacert: /nowhere.pem cannot be read"],
    [[], 2, "how much load is not said"],
  ])("%j", async (flags, exit, words) => {
    const told = await tollgate(...LOAD, ...flags);
    expect(told.err).toContain(words);
    expect(told.exit).toBe(exit);
  });

  test("the target and the call must be said", async () => {
    expect((await tollgate("load", "--rate", "5")).err).toContain(
      "required option '--target <host:port>' not specified",
    );
    expect((await tollgate("load", "--target", "a:1")).err).toContain(
      "required option '--call <method>' not specified",
    );
  });
});

test("a namespace's own loopback is out of calibration's reach, and said to be", async () => {
  const told = await tollgate("calibrate", "--netns", "pod-a");
  expect(told.err).toContain("--netns pod-a has a loopback of its own");
  expect(told.exit).toBe(2);
});

test("a cross-check takes one place, and pairs enough for an interval", async () => {
  const places = await tollgate("cross-check", "--road", "l7", "--target", "127.0.0.1:9");
  expect(places.err).toContain("--road and --target do not go together");
  expect((await tollgate("cross-check", "--pairs", "5")).err).toContain("a whole number from 6 on");
});

test("the help of each command shows an example", async () => {
  for (const name of ["load", "calibrate", "cross-check"]) {
    let out = "";
    const program = new Command("tollgate").exitOverride().configureOutput({ writeOut: (text) => (out += text) });
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const io = { stdout: nowhere, stderr: nowhere, env: {}, colour: false, live: false };
    for (const register of [registerLoad, registerCalibrate, registerCrossCheck]) register(program, io);
    await program.parseAsync([name, "--help"], { from: "user" }).catch(() => undefined);
    expect(out).toContain(`  tollgate ${name} `);
  }
});

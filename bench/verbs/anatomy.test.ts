import { expect, test } from "vitest";
import { registerAnatomy } from "./anatomy.js";
import { verbBench } from "./verb.test-helper.js";

const bench = verbBench(registerAnatomy);

test.each([
  [["--wake-ups"], /--wake-ups without --level full[^]*try\s+tollgate anatomy --level full --wake-ups/],
  [["--env", "cluster"], /an anatomy is of the lab/],
  [["l7-kernel-tls"], /there is no road "l7-kernel-tls"[^]*no method can be judged in the kernel over TLS[^]*l7-tls/],
])("refuses %j with a way out, before anything is started", async (args, message) => {
  const { err, code } = await bench.tell("anatomy", ...args);
  expect(err).toMatch(message);
  expect(code).toBe(2);
});

import { expect, test } from "vitest";
import { ATTACKS, type AttackName } from "./attacks.js";
import { retainedByClient, retainedByServer } from "./endurance.js";

const MIB = 1024 * 1024;
const cases = (Object.keys(ATTACKS) as AttackName[]).flatMap((name) => [[name, false] as const, [name, true] as const]);

// What one connection may hold: unfinished requests (16 MiB), answers that wait, output that the peer does not read.
test.each(cases)("a server keeps next to nothing of: %s (its answers stay unread: %s)", (name, stalled) => {
  const retained = retainedByServer(name, stalled);
  expect(retained).toBeLessThan(24 * MIB);
});

test.each(cases)("a client keeps next to nothing of: %s (its requests stay unread: %s)", (name, stalled) => {
  const retained = retainedByClient(name, stalled);
  expect(retained).toBeLessThan(24 * MIB);
});

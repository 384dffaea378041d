import { expect, test } from "vitest";
import { Supervisor } from "./supervisor.js";
import type { FromSupervisor } from "./supervisor-protocol.js";

test("what goes wrong is an answer, and a bug is told as one", async () => {
  const said: FromSupervisor[] = [];
  const supervisor = new Supervisor((message) => said.push(message));
  await supervisor.handle({ id: 4, call: "mend", ask: null });
  expect(said).toEqual([
    {
      id: 4,
      fault: {
        fact: "a bug in the lab's supervisor, please report it with the lines below",
        seen: expect.stringContaining("asked before the lab was up") as string,
      },
    },
  ]);
});

test("cancelling what is over does nothing", async () => {
  const said: FromSupervisor[] = [];
  await new Supervisor((message) => said.push(message)).handle({ cancel: 9 });
  expect(said).toEqual([]);
});

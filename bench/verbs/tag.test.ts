import { expect, test } from "vitest";
import { readNamedRun } from "../../results/named-run.js";
import { syntheticRun } from "../../results/synthetic-run.js";
import { registerTag } from "./tag.js";
import { verbBench } from "./verb.test-helper.js";

const bench = verbBench(registerTag);
const small = (day: number) =>
  syntheticRun({
    ...{ scenarios: ["no-policy"], passes: ["single"], blocks: 1, callsPerTrial: 50, environment: "lab" },
    ...{ seed: day, begun: new Date(Date.UTC(2026, 10, day)) },
  });
const [first, second] = [small(1), small(2)];

test("a tag means the newest run that has it, and says so when it moves", async () => {
  await bench.keep(first, second);
  expect((await bench.tell("tag", "20261101", "stable")).out).toBe(`${first.header.id} is tagged stable\n`);
  expect((await readNamedRun(bench.folder, "tag:stable")).header.id).toBe(first.header.id);
  expect((await bench.tell("tag", "latest", "stable")).out).toBe(
    `${second.header.id} is tagged stable; tag:stable now means it, and no longer ${first.header.id}\n`,
  );
  expect((await readNamedRun(bench.folder, "tag:stable")).header.id).toBe(second.header.id);
});

test("an older run that is given the tag of a newer one does not take it over, and that is said", async () => {
  await bench.keep(first, second);
  await bench.tell("tag", "latest", "stable");
  expect((await bench.tell("tag", "20261101", "stable")).out).toMatch(
    new RegExp(`tag:stable still means ${second.header.id}, which is newer`),
  );
});

test("the same tag twice is one tag", async () => {
  await bench.keep(first);
  await bench.tell("tag", "latest", "stable");
  expect(await bench.tell("tag", "latest", "stable")).toMatchObject({ code: 0, out: expect.stringMatching(/already/) });
  expect((await bench.tell("tag", "latest")).out).toBe("stable\n");
});

test("tags are listed with the runs they mean", async () => {
  await bench.keep(first, second);
  expect((await bench.tell("tag")).out).toMatch(/no run has a tag yet/);
  await bench.tell("tag", "20261101", "cilium-1.19.3");
  await bench.tell("tag", "latest", "cilium-1.19.3");
  expect((await bench.tell("tag")).out).toBe(
    `tag            means                     earlier runs\ncilium-1.19.3  ${second.header.id}             1\n`,
  );
  expect(JSON.parse((await bench.tell("tag", "--json")).out)).toMatchObject([
    { name: "cilium-1.19.3", runs: [{ id: second.header.id }, { id: first.header.id }] },
  ]);
});

test.each([
  ["with spaces", "after upgrade", "after-upgrade"],
  ["that is a run's id", "20261123-183000-lab-3f9c", "before-upgrade"],
  ["that means something already", "last-stable", "before-upgrade"],
  ["that begins like a flag", ".hidden", "hidden"],
])("a name %s is refused, and one that would do is shown", async (_, name, fitting) => {
  await bench.keep(first);
  const { err, code } = await bench.tell("tag", "latest", name);
  expect(code).toBe(2);
  expect(err).toContain(`"${name}" cannot be a tag`);
  expect(err).toContain(`tollgate tag RUN ${fitting}\n`);
  expect((await bench.tell("tag", "latest")).out).toMatch(/has no tag/);
});

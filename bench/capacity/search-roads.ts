/**
 * A capacity search over several roads at once: in each round every road that is not done yet measures one point, in
 * random order, so that a machine that drifts does not drift on one road only. Each point is on disk before the next.
 */
import { deriveSeed, shuffle } from "../../loadgen/random.js";
import { judgePoint, type CapacityPoint } from "../../results/capacity/point.js";
import { ArmRunner, type ArmsRequest } from "../run/arm-runner.js";
import { nextStep } from "./search.js";
import { capacityPassOf, passAtRate } from "./search-design.js";

/** Goes on from the trials that are done already. */
export async function searchRoads(arms: ArmsRequest): Promise<void> {
  const pass = capacityPassOf(arms.design);
  if (pass === null) throw new Error("a capacity search needs a design that says what is searched for");
  const runner = new ArmRunner(arms);
  const points = new Map<string, CapacityPoint[]>(
    pass.scenarios.map((road) => [
      road,
      arms.done.filter(({ scenario }) => scenario === road).map((trial) => judgePoint(trial, pass.search)),
    ]),
  );
  const firstRound = arms.done.reduce((next, { block }) => Math.max(next, block + 1), 0);
  for (let round = firstRound; ; round++) {
    const asked = [...points].flatMap(([road, own]) => {
      const step = nextStep(own, pass.search, pass.blocks);
      return step.kind === "ended" ? [] : [{ road, own, rate: step.rate }];
    });
    if (asked.length === 0) return;
    const order = shuffle(asked, deriveSeed(arms.design.seed, "order", "capacity", round));
    for (const [position, { road, own, rate }] of order.entries()) {
      const attempt = own.filter((point) => point.rate === rate).length;
      const arm = { pass: passAtRate(pass, rate), scenario: road, block: round, position };
      own.push(judgePoint(await runner.run(arm, attempt), pass.search));
    }
  }
}

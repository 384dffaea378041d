/**
 * Shows what the program in the kernel does to callers, and how it is fooled: each action in turn on one road, then the
 * attacks. Takes about seven seconds, most of them waiting for answers that never come.
 */
import { setTimeout } from "node:timers/promises";
import type { Target } from "../../../loadgen/transport.js";
import { paymentsPath } from "../../../proto/payments.js";
import type { AttackShown, KernelDemonstration, RefusalShown } from "../../../results/kernel-demonstration.js";
import { REFUSED_METHOD } from "../../../scenarios/access-policy.js";
import { KERNEL_ACTIONS, type KernelAction } from "../../../scenarios/scenario.js";
import { HEADLINE_METHOD } from "../../../scenarios/standard-mix.js";
import type { RoadPlan } from "../address-plan.js";
import { setAction } from "../l7-kernel-program.js";
import type { LabServer } from "../lab-server.js";
import { runProgram } from "../processes.js";
import { callBehindForgery } from "./forged-segment.js";
import { KernelClient } from "./kernel-client.js";

export interface Stage {
  readonly road: RoadPlan;
  readonly target: Target;
  readonly server: LabServer;
  readonly cpus: readonly number[];
}

const PATHS = { allowed: paymentsPath(HEADLINE_METHOD), refused: paymentsPath(REFUSED_METHOD) };
/** Actions that let nothing through which they refuse. */
const ENFORCING = KERNEL_ACTIONS.filter((action) => action !== "observe");

/** Leaves the road with the action that its scenario names. */
export async function demonstrate(stage: Stage): Promise<KernelDemonstration> {
  const { road } = stage;
  const refusals: RefusalShown[] = [];
  const attacks: AttackShown[] = [];
  try {
    for (const action of KERNEL_ACTIONS) refusals.push(await showRefusal(stage, action));
    for (const action of ENFORCING) attacks.push(await forgeSegment(stage, action));
    attacks.push(await losePacket(stage));
  } finally {
    await setAction(road, road.scenario.road.kernel?.action ?? "drop");
  }
  return { scenario: road.scenario.name, refusals, attacks };
}

async function showRefusal({ road, target, cpus }: Stage, action: KernelAction): Promise<RefusalShown> {
  await setAction(road, action);
  return withClient(cpus, async (client) => ({ action, ...(await client.threeAtOnce({ target, ...PATHS })) }));
}

async function forgeSegment(stage: Stage, action: KernelAction): Promise<AttackShown> {
  await setAction(stage.road, action);
  return {
    attack: "forged-segment",
    action,
    answeredPlainly: await answeredBy(stage, () => callBehindForgery(stage.road, false)),
    answeredUnderAttack: await answeredBy(stage, () => callBehindForgery(stage.road, true)),
  };
}

/** What the node forwards of this road is lost for so long: less than the 200 ms after which TCP sends again. */
const LOSS_MS = 150;
const LOSS_TABLE = "tollgate_loss";

/** Rewriting is undone by the network itself: what TCP sends again are the client's own bytes, judged before. */
async function losePacket(stage: Stage): Promise<AttackShown> {
  const { road, cpus, target } = stage;
  await setAction(road, "rewrite");
  const refusedCall = (lose: boolean) => (): Promise<void> =>
    withClient(cpus, async (client) => {
      await client.connect({ target, path: PATHS.allowed });
      if (lose) await nft(lossTable(road));
      const calling = client.call(PATHS.refused);
      if (lose) await setTimeout(LOSS_MS).then(() => nft(`delete table ip ${LOSS_TABLE}`));
      await calling;
    });
  return {
    attack: "lost-packet",
    action: "rewrite",
    answeredPlainly: await answeredBy(stage, refusedCall(false)),
    answeredUnderAttack: await answeredBy(stage, refusedCall(true)),
  };
}

function lossTable({ links }: RoadPlan): string {
  const hook = "type filter hook forward priority 0; policy accept;";
  const lose = `iifname "${links.nodeToClient.name}" drop`;
  return [`table ip ${LOSS_TABLE} {`, "chain forward {", hook, lose, "}", "}", ""].join("\n");
}

async function nft(rules: string): Promise<void> {
  await runProgram(["nft", "-f", "-"], rules);
}

/** Calls of the refused method that the server itself counted meanwhile. */
async function answeredBy({ road, server }: Stage, work: () => Promise<void>): Promise<number> {
  const answered = async (): Promise<number> => (await server.countersOf(road)).calls[REFUSED_METHOD] ?? 0;
  const before = await answered();
  await work();
  return (await answered()) - before;
}

async function withClient<T>(cpus: readonly number[], work: (client: KernelClient) => Promise<T>): Promise<T> {
  const client = await KernelClient.start(cpus);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

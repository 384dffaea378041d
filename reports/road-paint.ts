/** One colour per mechanism, the same in every figure: what a road adds decides, not its name. */
import type { Scenario } from "../scenarios/scenario.js";

/** A CSS custom property of html-style.ts, as a value. */
export function roadColour({ road }: Scenario): string {
  if (road.tls === "intercepted") return "var(--intercept)";
  if (road.proxy.kind === "http" && road.proxy.envoy !== null) return "var(--preview)";
  if (road.proxy.kind === "http") return road.proxy.access === null ? "var(--parse)" : "var(--l7)";
  if (road.proxy.kind === "tcp") return "var(--hop)";
  if (road.tls === "end-to-end") return "var(--tls)";
  return road.policy !== "none" ? "var(--kernel)" : "var(--floor)";
}

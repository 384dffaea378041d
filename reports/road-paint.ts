/**
 * One colour per mechanism, the same in every figure: what a road adds decides, not its name. Where a run previews an
 * upgrade its Envoys are what differs, so each has a colour of its own.
 */
import { envoyOf, envoysOf } from "../scenarios/envoy-arms.js";
import type { Scenario } from "../scenarios/scenario.js";

/** A CSS custom property of html-style.ts, as a value. */
export function roadColour(scenario: Scenario): string {
  const envoy = envoyOf(scenario) ?? null;
  const shade = shadeOf(scenario, envoy !== null);
  return envoy === null ? `var(--${shade})` : `var(${variable(shade, envoy)},var(--${shade}))`;
}

function shadeOf({ road }: Scenario, isPreview: boolean): string {
  if (road.tls === "intercepted") return "intercept";
  if (road.proxy.kind === "http") return road.proxy.access === null ? "parse" : isPreview ? "preview" : "l7";
  if (road.proxy.kind === "tcp") return "hop";
  if (road.tls === "end-to-end") return "tls";
  return road.policy !== "none" ? "kernel" : "floor";
}

const variable = (shade: string, envoy: string): string => `--${shade}-${envoy.replaceAll(".", "-")}`;

/** The shades that a road with a proxy can have: each has one a further Envoy beside it in html-style.ts. */
const SHADES = ["hop", "parse", "preview", "intercept"];
const FURTHER = ["later", "third"];

/**
 * The style of a page on these roads: the second and the third Envoy take colours of their own, a fourth those of the
 * first again. Empty without a preview.
 */
export function envoyColours(scenarios: readonly Scenario[]): string {
  const colours = envoysOf(scenarios).flatMap((envoy, i) => {
    const further = FURTHER[(i % (FURTHER.length + 1)) - 1];
    if (envoy === null || further === undefined) return [];
    return SHADES.map((shade) => `${variable(shade, envoy)}:var(--${shade}-${further})`);
  });
  return colours.length === 0 ? "" : `<style>main{${colours.join(";")}}</style>`;
}

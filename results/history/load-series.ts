/**
 * Which runs put the same load on the roads of a pass: runs of unequal load are separate series (METHOD §4.8, §4.9).
 */
import { loadDifference, placementDifference } from "../across/same-load.js";
import type { PassDesign, Placement } from "../run-shape.js";
import type { PassName } from "../trial.js";
import { countText } from "../verdict-words.js";

interface KnownLoad {
  readonly design: PassDesign;
  readonly placement: Placement;
  readonly text: string;
}

/** Remembers every load it has met, and gives equal ones the same words. */
export class LoadSeries {
  readonly #known = new Map<PassName, KnownLoad[]>();

  /** `1 in flight`; a load that differs from an earlier one of the same words says in what. */
  of(design: PassDesign, placement: Placement): string {
    const known = this.#known.get(design.name) ?? [];
    const differences = known.map((one) => differenceOf(one, design, placement));
    const same = known[differences.indexOf(null)];
    if (same !== undefined) return same.text;
    const text = loadText(design, known, differences);
    this.#known.set(design.name, [...known, { design, placement, text }]);
    return text;
  }
}

function differenceOf(known: KnownLoad, design: PassDesign, placement: Placement): string | null {
  return loadDifference(known.design, design) ?? placementDifference(known.placement, placement);
}

function loadText(design: PassDesign, known: readonly KnownLoad[], differences: readonly (string | null)[]): string {
  const plain = plainText(design);
  const alike = known.findIndex(({ text }) => text === plain);
  return alike < 0 ? plain : `${plain} (${differences[alike] ?? ""})`;
}

function plainText({ plan: { loop } }: PassDesign): string {
  if (loop.kind === "closed") {
    return `${loop.inFlight} in flight${loop.connectionPerCall ? ", a connection for each call" : ""}`;
  }
  const { arrivals } = loop;
  if ("rate" in arrivals) return `${arrivals.kind} ${countText(arrivals.rate)}/s`;
  return "from" in arrivals ? `${arrivals.kind} ${countText(arrivals.from)} to ${countText(arrivals.to)}/s` : "replay";
}

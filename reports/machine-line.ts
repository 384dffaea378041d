/** The machine in one line: what a reader must know before any number. */
import type { RunHeader } from "../results/run-shape.js";

export function machineLine(header: RunHeader): string {
  const { fingerprint, placement, environment } = header;
  const fact = (...keys: string[]): string | null => keys.map((key) => fingerprint[key]).find((one) => one) ?? null;
  const labelled = (label: string, value: string | null): string | null =>
    value === null ? null : `${label} ${value}`;
  return [
    environment,
    `${placement.cpus} cores`,
    fact("cpu.model", "machine.cpu", "cpu"),
    labelled("kernel", fact("kernel.release", "kernel")),
    labelled("Cilium", fact("cilium")),
    labelled("Envoy", fact("envoy.version", "envoy") ?? envoys(fingerprint)),
    labelled("Node", fact("node.version", "node")),
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

/** Of a preview: `1.36.4 and 1.37.0`. */
function envoys(fingerprint: RunHeader["fingerprint"]): string | null {
  const versions = Object.keys(fingerprint).filter((key) => /^envoy@[\d.]+\d$/.test(key));
  return versions.length === 0 ? null : versions.map((key) => fingerprint[key]).join(" and ");
}

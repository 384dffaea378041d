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
    labelled("Envoy", fact("envoy.version", "envoy")),
    labelled("Node", fact("node.version", "node")),
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

/**
 * OpenMetrics 1.0 text: families one after the other, each with its TYPE, UNIT and HELP in that order, closed by `# EOF`
 * (OpenObservability/OpenMetrics, specification/OpenMetrics.md).
 *
 * Easy to get wrong: the unit is the end of the name, and a base unit; the lines of one family stand together; numbers
 * that a reader matches as text (`le`, `quantile`) have one spelling, `1.0` and `1e-05`, never `1` or `0.00001`.
 */

export interface MetricFamily {
  readonly name: string;
  readonly type: "histogram" | "summary" | "gauge" | "info" | "stateset";
  /** Null: none. */
  readonly unit: string | null;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** What follows the family's name: `_bucket`, `_count` … or nothing. */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly at: number;
}

export type Labels = Readonly<Record<string, string>>;

export function openMetricsText(families: readonly MetricFamily[]): string {
  return [...families.filter(({ samples }) => samples.length > 0).flatMap(familyLines), "# EOF", ""].join("\n");
}

/** The one spelling of a number: as Go's %g and Python write it. */
export function canonicalNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Number.isNaN(value)) return "NaN";
  if (value !== 0 && Math.abs(value) < 1e-4) {
    const [digits = "", exponent = ""] = value.toExponential().split("e-");
    return `${digits}e-${exponent.padStart(2, "0")}`;
  }
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function familyLines({ name, type, unit, help, samples }: MetricFamily): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(
      ({ suffix, labels, value, at }) => `${name}${suffix}${labelText(labels)} ${number(value)} ${at.toFixed(3)}`,
    ),
  ];
}

/** A value is compared as a number, so the shortest spelling will do. */
const number = (value: number): string => (Number.isFinite(value) ? String(value) : canonicalNumber(value));

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

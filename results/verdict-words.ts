/**
 * Figures as they stand in the sentences of verdicts, proofs and notes.
 */

const wholeNumbers = new Intl.NumberFormat("en-US");

/** `12,000` */
export function countText(count: number): string {
  return wholeNumbers.format(count);
}

/** `1 block`, `12,000 blocks` */
export function counted(count: number, one: string): string {
  return `${countText(count)} ${one}${count === 1 ? "" : "s"}`;
}

/** `0.4 %`, `12 %` */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${Math.abs(percent) < 10 ? Number(percent.toPrecision(2)) : Number(percent.toFixed(1))} %`;
}

/** `850 ns`, `12.3 µs`, `4.56 ms`, `1.2 s` */
export function durationText(valueNs: number): string {
  const magnitude = Math.abs(valueNs);
  if (magnitude < 1e3) return `${Math.round(valueNs)} ns`;
  if (magnitude < 1e6) return `${Number((valueNs / 1e3).toPrecision(3))} µs`;
  if (magnitude < 1e9) return `${Number((valueNs / 1e6).toPrecision(3))} ms`;
  return `${Number((valueNs / 1e9).toPrecision(3))} s`;
}

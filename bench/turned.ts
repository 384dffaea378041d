/** Places that change hands between two restarts. */

/** Moves every item on by `steps` places, the last ones to the front; fewer than none moves them back. */
export function turned<T>(items: readonly T[], steps: number): T[] {
  const { length } = items;
  return items.map((_, index) => items[(((index + steps) % length) + length) % length] as T);
}

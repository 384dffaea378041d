/**
 * Chance for the fuzzer: everything an input holds is drawn from one seed, so that the seed is the input.
 */
import { randomStream, type RandomStream } from "../../random.js";

export class Draw {
  private readonly random: RandomStream;

  constructor(seed: number) {
    this.random = randomStream(seed);
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return this.random.integer(limit);
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.random.integer(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.random.uniform() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.random.integer(items.length)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.random.integer(256);
    return bytes;
  }

  /** Bytes that are cheap to make where only their number matters. */
  filler(length: number): Buffer {
    return Buffer.alloc(length, this.random.integer(256));
  }

  /** Does one of these things, each as likely as its weight. */
  weighted<T>(choices: readonly (readonly [weight: number, make: () => T])[]): T {
    let left = this.random.uniform() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of choices) {
      left -= weight;
      if (left < 0) return make();
    }
    return choices.at(-1)![1]();
  }
}

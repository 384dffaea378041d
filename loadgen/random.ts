/**
 * Chance that can be repeated: seeded streams and the draws the project needs. The only file that knows pure-rand
 * (xoroshiro128+, https://prng.di.unimi.it).
 *
 * Easy to get wrong: two uses of one stream influence each other, so that a new draw in one place changes all others.
 * Give each use a stream of its own: `randomStream(deriveSeed(seed, "arrivals"))`.
 */
import { randomInt } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface RandomStream {
  /** In [0, 1), 53 random bits. */
  uniform(): number;
  /** An integer in [0, below). */
  integer(below: number): number;
  /** Gaps of a Poisson process have this distribution. */
  exponential(mean: number): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
  /** exp of a normal: half of the values lie below `median`; `sigma` is the standard deviation of their logarithm. */
  lognormal(median: number, sigma: number): number;
}

/** The first outputs of xoroshiro128+ show its seed; later ones do not. */
const SKIPPED = 32;
const TWO_TO_MINUS_32 = 2 ** -32;

export function randomStream(seed: number): RandomStream {
  const generator = xoroshiro128plus(seed | 0);
  for (let i = 0; i < SKIPPED; i++) generator.next();
  const uniform = (): number => uniformFloat64(generator);
  // 32 bits are plenty here, for half the cost: the longest gap then is 22 means, 2^-32 of all.
  const exponential = (mean: number): number => -Math.log(1 - (generator.next() >>> 0) * TWO_TO_MINUS_32) * mean;
  // Box and Muller 1958, its cosine half: one normal from two uniforms, whatever was drawn before.
  const normal = (): number => Math.sqrt(2 * exponential(1)) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    exponential,
    normal,
    integer: (below) => Math.floor(uniform() * below),
    lognormal: (median, sigma) => median * Math.exp(sigma * normal()),
  };
}

/**
 * The seed of an independent stream, named by labels: the same seed and labels give the same stream in every process and
 * version. FNV-1a over the labels, then the finaliser of MurmurHash3, so that near seeds give far streams.
 */
export function deriveSeed(seed: number, ...labels: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify([seed, ...labels])) {
    hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A seed nobody chose, for runs that were given none; it is recorded, so that they can be repeated. */
export function randomSeed(): number {
  return randomInt(2 ** 32);
}

/** The items in random order (Fisher and Yates), the same order for the same seed. */
export function shuffle<T>(items: readonly T[], seed: number): T[] {
  const random = randomStream(seed);
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

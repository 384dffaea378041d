/**
 * Where does a series split best? The energy statistic of E-divisive (Matteson and James, arXiv:1306.4933), for one
 * variable and α = 1.
 *
 * Easy to get wrong: the best split of X[s, τ) and X[τ, κ) is sought over κ as well as τ. With κ fixed at the end, a
 * bump in the middle of the series hides itself.
 */

export interface Split {
  /** First index of the right-hand part. */
  readonly index: number;
  readonly qHat: number;
}

/** Sums of |xᵢ − xⱼ| over any two stretches of a series, each in constant time after n² work. */
export class PairDistances {
  readonly length: number;
  /** prefix[i·(n+1) + j] = Σ over a < i, b < j of |xₐ − x_b|. */
  readonly #prefix: Float64Array;

  constructor(series: Float64Array) {
    this.length = series.length;
    const width = series.length + 1;
    this.#prefix = new Float64Array(width * width);
    for (let i = 1; i < width; i++) {
      let row = 0;
      for (let j = 1; j < width; j++) {
        row += Math.abs((series[i - 1] as number) - (series[j - 1] as number));
        this.#prefix[i * width + j] = row + (this.#prefix[(i - 1) * width + j] as number);
      }
    }
  }

  /** Over all pairs with one value in [from, middle) and the other in [middle, to). */
  between(from: number, middle: number, to: number): number {
    return this.#sum(middle, to) - this.#sum(middle, middle) - (this.#sum(from, to) - this.#sum(from, middle));
  }

  /** Over all unordered pairs of distinct values in [from, to). */
  within(from: number, to: number): number {
    return (this.#sum(to, to) - 2 * this.#sum(from, to) + this.#sum(from, from)) / 2;
  }

  #sum(rows: number, columns: number): number {
    return this.#prefix[rows * (this.length + 1) + columns] as number;
  }
}

/**
 * The split of [from, to) with the largest Q̂(τ, κ) = τ(κ−τ)/κ · (2·mean|X−Y| − mean|X−X′| − mean|Y−Y′|), means over
 * distinct pairs; at least `minSide` values on either side of τ. Null when the stretch is too short for that.
 */
export function bestSplit(distances: PairDistances, from: number, to: number, minSide: number): Split | null {
  let best: Split | null = null;
  for (let index = from + minSide; index <= to - minSide; index++) {
    const left = meanWithin(distances, from, index);
    for (let end = index + minSide; end <= to; end++) {
      const [n, m] = [index - from, end - index];
      const right = meanWithin(distances, index, end);
      const qHat = (2 * distances.between(from, index, end) - n * m * (left + right)) / (n + m);
      if (best === null || qHat > best.qHat) best = { index, qHat };
    }
  }
  return best;
}

function meanWithin(distances: PairDistances, from: number, to: number): number {
  const size = to - from;
  return size > 1 ? (2 * distances.within(from, to)) / (size * (size - 1)) : 0;
}

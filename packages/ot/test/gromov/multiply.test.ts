import { tensor } from "@x/tensor";
import { rng, uniform } from "@x/tensor/random";
import { describe, expect, it } from "vitest";
import { multiply, transpose } from "../../src/gromov/multiply";

/** Numbers in [−1, 1), of which a share is zero. */
function numbers(length: number, zeros: number, seed: number): Float64Array {
  const random = rng(seed);
  const values = uniform(random.next(), [length], { dtype: "f64", low: -1 }).dataSync();
  const dice = uniform(random.next(), [length]).dataSync();
  return Float64Array.from(values, (x, i) => ((dice[i] as number) < zeros ? 0 : x));
}

describe("multiply", () => {
  it.each([
    ["small", 5, 7, 3, 0],
    ["large", 60, 50, 70, 0],
    ["large and nearly empty", 200, 150, 60, 0.98],
    ["a vector", 90, 110, 1, 0],
  ])("is the product of matrices, %s", (_, n, k, m, zeros) => {
    const [A, B] = [numbers(n * k, zeros, 1), numbers(k * m, 0, 2)];
    const product = multiply(A, B, k);
    expect(product.length).toBe(n * m);
    let worst = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += (A[i * k + l] as number) * (B[l * m + j] as number);
        worst = Math.max(worst, Math.abs(sum - (product[i * m + j] as number)));
      }
    // Sums of k products below 1 in another order.
    expect(worst).toBeLessThan(k * k * 2 ** -53);
  });

  it("transposes to rows of the other length", () => {
    const A = numbers(12, 0, 3);
    const expected = tensor(A, { shape: [3, 4] })
      .transpose()
      .reshape([-1])
      .toArray();
    expect([...transpose(A, 4)]).toEqual(expected);
  });
});

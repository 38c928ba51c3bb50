import { ArgumentError, type Tensor } from "@x/tensor";
import { valuesOf } from "./check";

/**
 * Checks that rows along the last axis are probabilities, where their values are known.
 *
 * @throws ArgumentError naming the first row that has a negative entry, or whose sum is not 1 to within 1e-3
 */
export function checkProbabilities(operation: string, p: Tensor): void {
  const values = valuesOf(p);
  const n = p.shape[p.shape.length - 1] ?? 1;
  if (values === undefined || n === 0) return;
  for (let row = 0; row < values.length / n; row++) {
    let sum = 0;
    let least = 0;
    for (let i = row * n; i < (row + 1) * n; i++) {
      sum += values[i] as number;
      least = Math.min(least, values[i] as number);
    }
    if (least >= 0 && Math.abs(sum - 1) <= 1e-3) continue;
    throw new ArgumentError(
      `${operation}: expected probabilities ≥ 0 whose sum is 1; row ${row} has ${least < 0 ? `the entry ${least}` : `the sum ${sum}`}; normalise them, or pass logits`,
      { operation, row, sum, least },
    );
  }
}

import { ArgumentError, type Tensor } from "@x/tensor";

/** @throws ArgumentError where a step has led out of the numbers */
export function checkDiverged(operation: string, points: Tensor, step: number): void {
  if ((points.dataSync() as Float64Array).every(Number.isFinite)) return;
  throw new ArgumentError(
    `${operation}: expected steps that stay finite; the flow diverged at step ${step}; take a smaller lr`,
    { step },
  );
}

import { random, type Tensor, tensor } from "@x/tensor";
import { costMatrix } from "../../src/costs";

/** Costs uniform on [0, 1], shape [n, n]. */
export const uniformCosts = (n: number, seed: number): Tensor =>
  random.uniform(random.key(seed), [n, n], { dtype: "f64" });

const SIDE = 28;

/** Costs between the pixels of a 28 × 28 grid, the largest being 1. */
export function gridCosts(cost: "sqeuclidean" | "cityblock"): Tensor {
  const points = Array.from({ length: SIDE * SIDE }, (_, k) => [Math.floor(k / SIDE), k % SIDE]);
  const C = costMatrix(points, points, cost);
  return C.div(C.max().item());
}

/** An image of four smooth random strokes, positive everywhere, as a histogram of 784 pixels. */
export function strokes(seed: number): Tensor {
  const draws = random.uniform(random.key(seed), [4, 5], { dtype: "f64" }).toArray() as number[][];
  const image = new Float64Array(SIDE * SIDE);
  for (const [px = 0, py = 0, vx = 0, vy = 0, turn = 0] of draws) {
    let [x, y] = [6 + 16 * px, 6 + 16 * py];
    let [dx, dy] = [2 * vx - 1, 2 * vy - 1];
    const angle = 0.6 * (turn - 0.5);
    for (let t = 0; t < 14; t++) {
      image.forEach((value, k) => {
        const d = (Math.floor(k / SIDE) - x) ** 2 + ((k % SIDE) - y) ** 2;
        image[k] = Math.max(value, Math.exp(-d / 2));
      });
      [x, y] = [clamp(x + dx), clamp(y + dy)];
      [dx, dy] = [
        Math.cos(angle) * dx - Math.sin(angle) * dy,
        Math.sin(angle) * dx + Math.cos(angle) * dy,
      ];
    }
  }
  const bright = tensor(image.map((value) => value + 0.01));
  return bright.div(bright.sum());
}

const clamp = (x: number): number => Math.min(SIDE - 2, Math.max(1, x));

/** A cloud of normal points about a place in the plane, shape [n, 2]. */
export const cloud = (n: number, seed: number, scale = 1, shift = 0): Tensor =>
  random.normal(random.key(seed), [n, 2], { dtype: "f64" }).mul(scale).add(shift);

import { type Tensor, tensor } from "@x/tensor";
import { type Rng, rng } from "@x/tensor/random";

type Point = readonly [number, number];

const turn = (share: number): Point => [
  Math.cos(2 * Math.PI * share),
  Math.sin(2 * Math.PI * share),
];

/** All shapes, in the order of the page's lists. */
export const shapeNames = ["disc", "ring", "spiral", "moons", "heart", "squares"] as const;

/** A shape that clouds of points can have. */
export type ShapeName = (typeof shapeNames)[number];

/** A point of each shape, within the square [−1, 1]². */
const shapes: Readonly<Record<ShapeName, (random: Rng) => Point>> = {
  disc(random: Rng): Point {
    const [x, y] = turn(random.uniform());
    const radius = 0.35 * Math.sqrt(random.uniform());
    return [radius * x - 0.55, radius * y - 0.5];
  },
  ring(random: Rng): Point {
    const [x, y] = turn(random.uniform());
    const radius = random.uniform(0.65, 0.85);
    return [radius * x, radius * y];
  },
  spiral(random: Rng): Point {
    const share = Math.sqrt(random.uniform(0.02, 1));
    const [x, y] = turn(2.2 * share);
    const width = random.uniform(-0.04, 0.04);
    return [(0.9 * share + width) * x, (0.9 * share + width) * y];
  },
  moons(random: Rng): Point {
    const [x, y] = turn(random.uniform(0, 0.5));
    const radius = random.uniform(0.45, 0.55);
    return random.uniform() < 0.5
      ? [radius * x - 0.25, radius * y - 0.1]
      : [0.25 - radius * x, 0.1 - radius * y];
  },
  heart(random: Rng): Point {
    const t = random.uniform(0, 2 * Math.PI);
    const size = 0.05 * Math.sqrt(random.uniform());
    return [
      size * 16 * Math.sin(t) ** 3,
      size * (13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t)),
    ];
  },
  squares(random: Rng): Point {
    const [column, row] = [random.uniform(0, 3), random.uniform(0, 3)].map(Math.floor) as [
      number,
      number,
    ];
    const within = (): number => random.uniform(-0.16, 0.16);
    return [0.6 * (column - 1) + within(), 0.6 * (row - 1) + within()];
  },
};

/** So many points of a shape, [n, 2] in f64; the same for the same seed. */
export function cloud(shape: ShapeName, n: number, seed: number): Tensor {
  const random = rng(seed);
  const data = Float64Array.from(Array.from({ length: n }, () => shapes[shape](random)).flat());
  return tensor(data, { shape: [n, 2], copy: false });
}

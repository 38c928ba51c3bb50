import { matmul, random, type Tensor, tensor } from "@x/tensor";
import { solve } from "@x/tensor/linalg";

/** What optimisers compute in. */
export type FloatDType = "f32" | "f64";

/** A small problem with a known minimum. */
export interface Objective {
  readonly name: "quadratic" | "Rosenbrock" | "matrix factorisation" | "logistic regression";
  /** Where optimisers begin. */
  start(dtype: FloatDType): Record<string, Tensor>;
  loss(params: Record<string, Tensor>): Tensor;
  /** The smallest loss there is. */
  readonly minimum: number;
}

const get = (params: Record<string, Tensor>, name: string): Tensor => params[name] as Tensor;

/** Curvatures from 0.2 to 2, in a vector and a matrix. */
const quadratic: Objective = {
  name: "quadratic",
  start: (dtype) => ({
    a: tensor([1, -2, 0.5], { dtype }),
    b: tensor(
      [
        [1, -1],
        [2, -0.5],
      ],
      { dtype },
    ),
  }),
  loss(p) {
    const a = get(p, "a").sub([0.5, -1, 1]).square().mul([0.2, 1, 2]).sum();
    const b = get(p, "b")
      .sub([
        [0.5, 0],
        [1, 0.5],
      ])
      .square()
      .mul([
        [0.5, 1],
        [0.7, 1.5],
      ])
      .sum();
    return a.add(b).div(2);
  },
  minimum: 0,
};

const rosenbrock: Objective = {
  name: "Rosenbrock",
  start: (dtype) => ({ x: tensor(-0.5, { dtype }), y: tensor([0.5], { dtype }) }),
  loss(p) {
    const [x, y] = [get(p, "x"), get(p, "y").sum()];
    return x.neg().add(1).square().add(y.sub(x.square()).square().mul(100));
  },
  minimum: 0,
};

/** A 4 × 3 matrix of rank 2, so that the factors can meet it exactly. */
const factorisation: Objective = {
  name: "matrix factorisation",
  start(dtype) {
    const [u, v] = random.split(random.key(3));
    return {
      u: random.normal(u as Tensor, [4, 2], { dtype }).mul(0.5),
      v: random.normal(v as Tensor, [2, 3], { dtype }).mul(0.5),
    };
  },
  loss(p) {
    const target = [
      [1, 0, 1],
      [0, 1, 1],
      [1, 1, 2],
      [1, -1, 0],
    ];
    return matmul(get(p, "u"), get(p, "v")).sub(target).square().sum().div(2);
  },
  minimum: 0,
};

const examples = random.normal(random.key(5), [40, 3], { dtype: "f64" });
const labels = matmul(examples, tensor([1, -2, 0.5], { dtype: "f64" }))
  .add(random.normal(random.key(6), [40], { dtype: "f64" }))
  .greater(0)
  .cast("f64");
const ridge = 0.05;

function logisticLoss(w: Tensor, b: Tensor): Tensor {
  const x = examples.cast(w.dtype);
  const logits = matmul(x, w).add(b);
  const errors = logits
    .softplus()
    .sub(logits.mul(labels.cast(w.dtype)))
    .mean();
  return errors.add(
    w
      .square()
      .sum()
      .add(b.square())
      .mul(ridge / 2),
  );
}

/** The minimum by Newton's method with the derivatives written out. */
function logisticMinimum(): number {
  const x = examples.toArray() as number[][];
  const y = labels.toArray() as number[];
  let theta = [0, 0, 0, 0];
  for (let k = 0; k < 30; k++) {
    const g = theta.map((t) => ridge * t);
    const h = theta.map((_, i) => theta.map((_, j) => (i === j ? ridge : 0)));
    x.forEach((row, n) => {
      const full = [...row, 1];
      const s = 1 / (1 + Math.exp(-full.reduce((z, v, i) => z + v * (theta[i] as number), 0)));
      full.forEach((v, i) => {
        g[i] = (g[i] as number) + (v * (s - (y[n] as number))) / 40;
        full.forEach((u, j) => {
          (h[i] as number[])[j] = ((h[i] as number[])[j] as number) + (v * u * s * (1 - s)) / 40;
        });
      });
    });
    const step = solve(tensor(h, { dtype: "f64" }), tensor(g, { dtype: "f64" })).dataSync();
    theta = theta.map((t, i) => t - (step[i] as number));
  }
  const w = tensor(theta.slice(0, 3), { dtype: "f64" });
  return logisticLoss(w, tensor(theta[3] as number, { dtype: "f64" })).item();
}

const logistic: Objective = {
  name: "logistic regression",
  start: (dtype) => ({ w: tensor([0, 0, 0], { dtype }), b: tensor(0, { dtype }) }),
  loss: (p) => logisticLoss(get(p, "w"), get(p, "b")),
  minimum: logisticMinimum(),
};

/** What every optimiser must get down. */
export const objectives: readonly Objective[] = [quadratic, rosenbrock, factorisation, logistic];

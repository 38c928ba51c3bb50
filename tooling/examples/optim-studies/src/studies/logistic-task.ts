import { random, softplus, type Tensor, zeros } from "@x/tensor";
import { solve } from "@x/tensor/linalg";

/** Binary labels that a linear model explains in part. */
export interface LogisticTask {
  /** [n, d], f64 */
  readonly x: Tensor;
  /** 0 or 1, [n] */
  readonly y: Tensor;
  /** The least mean loss of any weights. */
  readonly least: number;
}

/** Labels drawn by the chances of a logistic model, so that no weights fit all of them. */
export function logisticTask(seed: number, examples: number, features: number): LogisticTask {
  const [forX, forTruth, forY] = random.split(random.key(seed), 3) as [Tensor, Tensor, Tensor];
  const f64 = { dtype: "f64" } as const;
  const x = random.normal(forX, [examples, features], f64);
  const chances = x.matmul(random.normal(forTruth, [features], f64)).sigmoid();
  const y = chances.greater(random.uniform(forY, [examples], f64)).cast("f64");
  return { x, y, least: meanLoss({ x, y }, newton({ x, y })) };
}

type Data = Pick<LogisticTask, "x" | "y">;

/** Mean logistic loss on all examples. */
export const meanLoss = ({ x, y }: Data, w: Tensor): number => {
  const z = x.matmul(w);
  return softplus(z).sub(y.mul(z)).mean().item();
};

/** The gradient of each example, [b, d]. */
export const perExampleGradients = ({ x, y }: Data, w: Tensor): Tensor =>
  x.mul(x.matmul(w).sigmoid().sub(y).expandDims(-1));

/** Weights of the least loss; twenty steps are far more than it takes. */
function newton({ x, y }: Data): Tensor {
  let w = zeros([x.shape[1] as number], { dtype: "f64" });
  for (let i = 0; i < 20; i++) {
    const p = x.matmul(w).sigmoid();
    const hessian = x.T.matmul(x.mul(p.mul(p.neg().add(1)).expandDims(-1)));
    w = w.sub(solve(hessian, x.T.matmul(p.sub(y))));
  }
  return w;
}

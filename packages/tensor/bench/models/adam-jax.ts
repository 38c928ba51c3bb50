import type { Jax } from "../../../../tooling/bench/src/kit-types";
import { adam, batch, type Trainer } from "./trainer";

export type JaxArray = InstanceType<Jax["Array"]>;
export type JaxParameters = Record<string, JaxArray>;

/** Mean cross-entropy of a batch. Takes ownership of both, as all functions in jax-js do. */
export const jaxCrossEntropy = ({ nn }: Jax, logits: JaxArray, y: JaxArray): JaxArray =>
  nn
    .logSoftmax(logits, -1)
    .mul(y)
    .sum()
    .mul(-1 / batch);

/** Training with jax-js: gradient and update in one jitted function. */
export function jaxTrainer(
  jax: Jax,
  loss: (parameters: JaxParameters, x: JaxArray, y: JaxArray) => JaxArray,
  initial: JaxParameters,
  x: JaxArray,
  y: JaxArray,
): Trainer {
  const { numpy: np, tree, jit, valueAndGrad, blockUntilReady } = jax;
  const { lr, beta1, beta2, epsilon } = adam;
  const map = (f: (...leaves: JaxArray[]) => JaxArray, ...trees: JaxParameters[]): JaxParameters =>
    tree.map(f, ...(trees as [JaxParameters])) as JaxParameters;

  const step = jit(
    (
      p: JaxParameters,
      m: JaxParameters,
      v: JaxParameters,
      time: JaxArray,
      x: JaxArray,
      y: JaxArray,
    ) => {
      const [value, gradients] = valueAndGrad(loss)(tree.ref(p), x, y) as [JaxArray, JaxParameters];
      const meanWeight = np.subtract(1, np.power(beta1, time.ref));
      const squareWeight = np.subtract(1, np.power(beta2, time.ref));
      const mean = map((m, g) => m.mul(beta1).add(g.ref.mul(1 - beta1)), m, gradients);
      const square = map((v, g) => v.mul(beta2).add(g.ref.mul(g).mul(1 - beta2)), v, gradients);
      const next = map(
        (p, m, v) => {
          const step = m.ref.div(meanWeight.ref).mul(lr);
          return p.sub(step.div(np.sqrt(v.ref.div(squareWeight.ref)).add(epsilon)));
        },
        p,
        mean,
        square,
      );
      meanWeight.dispose();
      squareWeight.dispose();
      return [next, mean, square, time.add(1), value] as const;
    },
  );
  const zeros = (): JaxParameters => map((leaf) => np.zerosLike(leaf.ref), initial);
  let state = [initial, zeros(), zeros(), np.array(1, { dtype: np.float32 })] as const;
  let value: JaxArray | undefined;
  return {
    async step() {
      value?.dispose();
      const [p, m, v, time, next] = step(...state, x.ref, y.ref);
      state = [p, m, v, time];
      value = next;
      await blockUntilReady([p, m, v, time, next]);
    },
    loss: async () => ((await value?.ref.data())?.[0] as number) ?? Number.NaN,
  };
}

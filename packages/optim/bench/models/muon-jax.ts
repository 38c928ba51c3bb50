import type { Jax } from "../../../../tooling/bench/src/kit-types";
import type { JaxArray, JaxParameters } from "../../../tensor/bench/models/adam-jax";
import { adam, type Trainer } from "../../../tensor/bench/models/trainer";
import type { JaxNetwork } from "./network-jax";

/** Settings of Muon, the same for both libraries. */
export const muonSettings = { lr: 0.02, momentum: 0.95 } as const;

const [a, b, c] = [3.4445, -4.775, 2.0315];

/** Five Newton–Schulz steps on a matrix, by the Gram matrix of its shorter side. Takes ownership. */
function orthogonalize({ numpy: np }: Jax, g: JaxArray): JaxArray {
  const [m, n] = g.shape as [number, number];
  const tall = m > n;
  let x = g.ref.div(np.sqrt(np.square(g).sum()).add(1e-7));
  for (let i = 0; i < 5; i++) {
    const gram = tall ? np.matmul(x.ref.transpose(), x.ref) : np.matmul(x.ref, x.ref.transpose());
    const factor = np.matmul(gram.ref, gram.ref).mul(c).add(gram.mul(b));
    const product = tall ? np.matmul(x.ref, factor) : np.matmul(factor, x.ref);
    x = product.add(x.mul(a));
  }
  return x;
}

/** Muon for the given matrices and kernels and Adam for the rest in jax-js, written by hand: it has neither. */
export function muonJaxTrainer(
  jax: Jax,
  { loss, parameters, x, y }: JaxNetwork,
  matrices: readonly string[],
): Trainer {
  const { numpy: np, tree, jit, valueAndGrad, blockUntilReady } = jax;
  const beta = muonSettings.momentum;
  const isMatrix = (name: string): boolean => matrices.includes(name);

  const muonLeaf = (p: JaxArray, m: JaxArray, g: JaxArray): [JaxArray, JaxArray] => {
    const mean = m.mul(beta).add(g.ref.mul(1 - beta));
    const direction = g.mul(1 - beta).add(mean.ref.mul(beta));
    const [rows, ...rest] = p.shape as [number, ...number[]];
    const columns = rest.reduce((a, b) => a * b, 1);
    const scale = muonSettings.lr * Math.sqrt(Math.max(1, rows / columns));
    const step = orthogonalize(jax, direction.reshape([rows, columns])).reshape(p.shape);
    return [p.sub(step.mul(scale)), mean];
  };

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
      const meanWeight = np.subtract(1, np.power(adam.beta1, time.ref));
      const squareWeight = np.subtract(1, np.power(adam.beta2, time.ref));
      const adamLeaf = (name: string, g: JaxArray): [JaxArray, JaxArray, JaxArray] => {
        const mean = m[name]!.mul(adam.beta1).add(g.ref.mul(1 - adam.beta1));
        const square = v[name]!.mul(adam.beta2).add(g.ref.mul(g).mul(1 - adam.beta2));
        const root = np.sqrt(square.ref.div(squareWeight.ref)).add(adam.epsilon);
        const step = mean.ref.div(meanWeight.ref).mul(adam.lr).div(root);
        return [p[name]!.sub(step), mean, square];
      };
      const [nextP, nextM, nextV]: [JaxParameters, JaxParameters, JaxParameters] = [{}, {}, {}];
      for (const [name, g] of Object.entries(gradients)) {
        if (isMatrix(name)) {
          [nextP[name], nextM[name]] = muonLeaf(p[name]!, m[name]!, g);
        } else {
          [nextP[name], nextM[name], nextV[name]] = adamLeaf(name, g);
        }
      }
      meanWeight.dispose();
      squareWeight.dispose();
      return [nextP, nextM, nextV, time.add(1), value] as const;
    },
  );
  const zeros = (names: readonly string[]): JaxParameters =>
    Object.fromEntries(names.map((name) => [name, np.zerosLike(parameters[name]!.ref)]));
  const names = Object.keys(parameters);
  const others = names.filter((name) => !isMatrix(name));
  let state = [
    parameters,
    zeros(names),
    zeros(others),
    np.array(1, { dtype: np.float32 }),
  ] as const;
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

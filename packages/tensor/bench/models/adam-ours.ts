import { jit, type Tensor, tensor, valueAndGrad, zerosLike } from "@x/tensor";
import { adam, type Trainer } from "./trainer";

type Parameters = Record<string, Tensor>;

interface State {
  readonly parameters: Parameters;
  readonly mean: Parameters;
  readonly square: Parameters;
  readonly time: Tensor;
}

function combine(
  f: (...leaves: Tensor[]) => Tensor,
  first: Parameters,
  ...rest: Parameters[]
): Parameters {
  const combined = Object.entries(first).map(([name, leaf]) => {
    return [name, f(leaf, ...rest.map((tree) => tree[name] as Tensor))] as const;
  });
  return Object.fromEntries(combined);
}

function update({ parameters, mean, square, time }: State, gradients: Parameters): State {
  const { lr, beta1, beta2, epsilon } = adam;
  const nextMean = combine((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), mean, gradients);
  const nextSquare = combine(
    (v, g) => v.mul(beta2).add(g.mul(g).mul(1 - beta2)),
    square,
    gradients,
  );
  const meanWeight = tensor(beta1).pow(time).neg().add(1);
  const squareWeight = tensor(beta2).pow(time).neg().add(1);
  return {
    parameters: combine(
      (p, m, v) => p.sub(m.div(meanWeight).mul(lr).div(v.div(squareWeight).sqrt().add(epsilon))),
      parameters,
      nextMean,
      nextSquare,
    ),
    mean: nextMean,
    square: nextSquare,
    time: time.add(1),
  };
}

/** Training with @x/tensor. `compile` wraps the step: `jit` with donation, or nothing for eager steps. */
export function oursTrainer(
  loss: (parameters: Parameters, x: Tensor, y: Tensor) => Tensor,
  parameters: Parameters,
  x: Tensor,
  y: Tensor,
  { eager = false }: { eager?: boolean } = {},
): Trainer {
  const plain = (state: State, x: Tensor, y: Tensor): { state: State; value: Tensor } => {
    const [value, gradients] = valueAndGrad(loss)(state.parameters, x, y);
    return { state: update(state, gradients), value };
  };
  const step = eager ? plain : jit(plain, { donate: [0] });
  let state: State = {
    parameters,
    mean: combine(zerosLike, parameters),
    square: combine(zerosLike, parameters),
    time: tensor(1),
  };
  let value: Tensor | undefined;
  return {
    step() {
      ({ state, value } = step(state, x, y));
    },
    loss: () => value?.item() ?? Number.NaN,
  };
}

import { loss, resnet, transformer, unet, valueAndGradWithState } from "@x/nn";
import { jit, random, type Tensor, tree, valueAndGrad } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Row, Rows } from "../../../tooling/bench/src/row";

const key = random.key(0);

/** Sums in another order; deep networks amplify roundings. */
const closeness = { relative: 1e-3 };

const descend = <P>(params: P, gradient: unknown): P =>
  tree.map(
    (p: Tensor, g: Tensor) => p.sub(g.mul(0.01)),
    params as tree.Tree<Tensor>,
    gradient as tree.Tree<Tensor>,
  ) as P;

/** A jitted step, checked against the loss of the same step without jit. */
function prepared<A extends unknown[]>(
  kit: Kit,
  step: (...args: A) => { readonly value: Tensor },
  ...args: A
): Prepared {
  const f = jit(step as (...args: unknown[]) => { readonly value: Tensor });
  const ours = (): Float32Array => f(...args).value.dataSync() as Float32Array;
  const check = (): void =>
    kit.assertClose("loss", ours(), step(...args).value.dataSync() as Float32Array, closeness);
  return { ours, check };
}

function residual(kit: Kit): Prepared {
  const net = resnet({ stem: "cifar", widths: [16, 32, 64], depths: [3, 3, 3], classes: 10 });
  const { params, state } = net.init(key);
  const x = random.normal(key, [32, 3, 32, 32]);
  const y = random.randint(key, [32], { high: 10 });
  const step = (p: typeof params, s: typeof state): { value: Tensor } => {
    const [[value, next], g] = valueAndGradWithState((q: typeof p, t: typeof s) => {
      const [z, after] = net.apply(q, t, x, { train: true });
      return [loss.crossEntropy(z, y), after];
    })(p, s);
    return { value, params: descend(p, g), next } as { value: Tensor };
  };
  return prepared(kit, step, params, state);
}

function denoiser(kit: Kit): Prepared {
  const net = unet({ inChannels: 1, channels: [32, 64], layersPerLevel: 1 });
  const params = net.init(key);
  const x = random.normal(key, [8, 1, 28, 28]);
  const time = random.uniform(key, [8]);
  const step = (p: typeof params): { value: Tensor } => {
    const [value, g] = valueAndGrad((q: typeof p) => loss.mse(net.apply(q, x, { time }), x))(p);
    return { value, params: descend(p, g) } as { value: Tensor };
  };
  return prepared(kit, step, params);
}

function language(kit: Kit): Prepared {
  const net = transformer({ vocabulary: 65, positions: 64, features: 64, layers: 2, heads: 4 });
  const params = net.init(key);
  const tokens = random.randint(key, [16, 64], { high: 65 });
  const step = (p: typeof params): { value: Tensor } => {
    const [value, g] = valueAndGrad((q: typeof p) =>
      loss.crossEntropy(net.apply(q, tokens), tokens),
    )(p);
    return { value, params: descend(p, g) } as { value: Tensor };
  };
  return prepared(kit, step, params);
}

const row = (name: string, setup: Row["setup"]): Row => ({ name, unit: "ms", setup });

export const rows: Rows = [
  row("ResNet-20, batch 32 of 32×32, SGD step", residual),
  row("U-Net 32–64 with attention, batch 8 of 28×28, SGD step", denoiser),
  row("transformer of 2 layers and 64 features, batch 16 of 64 tokens, SGD step", language),
];

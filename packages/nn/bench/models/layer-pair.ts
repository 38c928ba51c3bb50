import { jit, type Tensor, tensor, valueAndGrad } from "@x/tensor";
import type { Jax, Kit } from "../../../../tooling/bench/src/kit-types";
import type { Prepared } from "../../../../tooling/bench/src/row";

export type JaxArray = InstanceType<Jax["Array"]>;

/** A layer in both libraries, from the same numbers. */
export interface LayerPair {
  /** Shapes of the input `x`, with which all others of the layer's tensors stand. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Bound of the uniform numbers in each tensor; default 1. */
  readonly bounds?: Readonly<Record<string, number>>;
  readonly ours: (inputs: Readonly<Record<string, Tensor>>) => Tensor;
  /** Takes over its inputs, as all functions in jax-js do. */
  readonly peer: (jax: Jax, inputs: Readonly<Record<string, JaxArray>>) => JaxArray;
}

/** Sums of up to 10⁵ products in another order; relative to the largest gradient. */
const closeness = 1e-4;

/**
 * Forward and backward pass of a layer: y, and the gradients of Σ g·y for a fixed g by the input and all parameters,
 * compiled as one function on both sides. All gradients are compared first.
 */
export async function againstJax(kit: Kit, pair: LayerPair): Promise<Prepared> {
  const jax = await kit.jax();
  const { numpy: np } = jax;
  const entries = Object.entries(pair.shapes).map(([name, shape], seed) => {
    const bound = pair.bounds?.[name] ?? 1;
    const size = shape.reduce((a, b) => a * b, 1);
    return { name, shape, data: kit.uniform(size, seed + 1).map((u) => u * bound) };
  });
  const here: Readonly<Record<string, Tensor>> = Object.fromEntries(
    entries.map(({ name, shape, data }) => [name, tensor(data).reshape(shape)]),
  );
  const there: Readonly<Record<string, JaxArray>> = Object.fromEntries(
    entries.map(({ name, shape, data }) => [name, np.array(data).reshape([...shape])]),
  );
  const { shape } = pair.ours(here);
  const weights = kit.uniform(
    shape.reduce((a, b) => a * b, 1),
    100,
  );
  const g = tensor(weights).reshape(shape);
  const jaxG = np.array(weights).reshape([...shape]);

  const ours = jit((inputs: typeof here, g: Tensor) =>
    valueAndGrad((q: typeof here) => pair.ours(q).mul(g).sum())(inputs),
  );
  const peer = jax.jit((inputs: Record<string, JaxArray>, g: JaxArray) =>
    jax.valueAndGrad((q: Record<string, JaxArray>) => pair.peer(jax, q).mul(g).sum())(inputs),
  ) as unknown as (
    inputs: Record<string, JaxArray>,
    g: JaxArray,
  ) => [JaxArray, Record<string, JaxArray>];
  const run = async (): Promise<ReturnType<typeof peer>> => {
    const result = peer(jax.tree.ref(there) as Record<string, JaxArray>, jaxG.ref);
    await jax.blockUntilReady(result);
    return result;
  };
  return {
    ours: () => ours(here, g),
    peer: async () => jax.tree.dispose(await run()),
    async check() {
      const [value, gradients] = ours(here, g);
      const [jaxValue, jaxGradients] = await run();
      const total = weights.reduce((sum, w) => sum + Math.abs(w), 0);
      kit.assertClose("Σ g·y", [value.item()], await jaxValue.data(), {
        relative: closeness,
        absolute: 1e-6 * total,
      });
      for (const { name } of entries) {
        const expected = await (jaxGradients[name] as JaxArray).data();
        const largest = expected.reduce((m: number, x: number) => Math.max(m, Math.abs(x)), 0);
        if (!(largest > 0)) throw new Error(`${name}: expected a gradient; got zeros`);
        kit.assertClose(
          `gradient by ${name}`,
          gradients[name]!.dataSync() as Float32Array,
          expected,
          {
            relative: closeness,
            absolute: closeness * largest,
          },
        );
      }
    },
  };
}

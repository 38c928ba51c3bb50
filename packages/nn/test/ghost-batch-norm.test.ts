import { concat, jit, ones, random, range, type Tensor, tensor, tree } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { batchNorm, ghostBatchNorm } from "../src/index";
import { checkLayer, moved, normal } from "./support/check-layer";

const f64 = { dtype: "f64" } as const;
const key = random.key(0);

describe("ghostBatchNorm", () => {
  it("gives the card's numbers, where batch norm gives others", () => {
    const x = tensor([[1], [3], [10], [14]], f64);
    const layer = ghostBatchNorm({ features: 1, ghostSize: 2 });
    const { params, state } = layer.init(key, f64);
    const [y, next] = layer.apply(params, { ...state, running_mean: tensor([0], f64) }, x, {
      train: true,
    });
    // Six decimals are given; ± 1 / √(1 + 1e-5) and ± 2 / √(4 + 1e-5) have all of them.
    const [a, b] = [1 / Math.sqrt(1 + 1e-5), 2 / Math.sqrt(4 + 1e-5)];
    assertClose(y, [[-a], [a], [-b], [b]]);
    assertClose(y.ravel(), [-0.999995, 0.999995, -0.999999, 0.999999], {
      relative: 0,
      absolute: 5e-7,
    });
    assertClose(next.running_mean, [1.38]);
    const [z] = batchNorm(1).apply(params, state, x, { train: true });
    assertClose(z.ravel(), [-1.144155, -0.76277, 0.572077, 1.334847], {
      relative: 0,
      absolute: 5e-7,
    });
  });

  it("equals batch norm when the ghost is the batch or larger", () => {
    const x = normal([6, 2, 3]);
    const plain = batchNorm(2);
    const { params, state } = moved(plain.init(key, f64));
    for (const ghostSize of [6, 100]) {
      const layer = ghostBatchNorm({ features: 2, ghostSize });
      for (const train of [true, false]) {
        assertClose(
          layer.apply(params, state, x, { train }),
          plain.apply(params, state, x, { train }),
        );
      }
    }
  });

  it.each([
    [9, 3, [3, 3, 3]],
    [8, 3, [3, 3, 2]],
    [10, 3, [3, 3, 4]],
    [4, 3, [4]],
    [5, 4, [5]],
  ] as const)(
    "is batch norm on the parts of %i examples by %i, one after the other: %j",
    (n, ghostSize, sizes) => {
      const x = normal([n, 2, 2]);
      const plain = batchNorm(2);
      const { params, state } = moved(plain.init(key, f64));
      let [from, running] = [0, state];
      const parts = sizes.map((size) => {
        const [y, next] = plain.apply(params, running, x.at(range(from, from + size)), {
          train: true,
        });
        [from, running] = [from + size, next];
        return y;
      });
      const layer = ghostBatchNorm({ features: 2, ghostSize });
      assertClose(layer.apply(params, state, x, { train: true }), [concat(parts), running]);
    },
  );

  it("permutes its outputs with the examples of a ghost", () => {
    const layer = ghostBatchNorm({ features: 2, ghostSize: 3 });
    const { params, state } = layer.init(key, f64);
    const x = normal([6, 2]);
    const order = [2, 0, 1, 5, 4, 3];
    const run = (v: Tensor): Tensor => layer.apply(params, state, v, { train: true })[0];
    assertClose(run(x.at(order)), run(x).at(order));
    expect(
      run(x.at([3, 1, 2, 0, 4, 5]))
        .at(1)
        .toArray(),
    ).not.toEqual(run(x).at(1).toArray());
  });

  it("differentiates, batches and compiles", () => {
    const layer = ghostBatchNorm({ features: 2, ghostSize: 3 });
    const { params, state } = moved(layer.init(key, f64));
    for (const train of [true, false]) {
      checkLayer(
        (p: typeof params, x: Tensor) => layer.apply(p, state, x, { train })[0],
        params,
        normal([8, 2, 2]),
      );
    }
    const step = jit((s: typeof state, x: Tensor) => layer.apply(params, s, x, { train: true })[1]);
    assertClose(
      step(state, normal([8, 2])),
      layer.apply(params, state, normal([8, 2]), { train: true })[1],
    );
    expect(tree.leaves(layer.dims)).toEqual([]);
  });

  it("refuses ghosts of one, a single example in training, and other channels", () => {
    expect(() => ghostBatchNorm({ features: 2, ghostSize: 1 })).toThrow(
      "ghostBatchNorm: expected ghostSize ≥ 2",
    );
    const layer = ghostBatchNorm({ features: 2 });
    const { params, state } = layer.init(key);
    expect(() => layer.apply(params, state, ones([1, 2, 5]), { train: true })).toThrow(
      "ghostBatchNorm: expected at least two examples in training; got shape [1, 2, 5]",
    );
    expect(() => layer.apply(params, state, ones([4, 3]), { train: true })).toThrow(
      "ghostBatchNorm: expected 2 features",
    );
  });
});

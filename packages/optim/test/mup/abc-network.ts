import { grad, jit, random, type Tensor, tree } from "@x/tensor";
import type { AbcParametrization } from "../../src/mup/classify-abc";
import type { CoordCheckModel } from "../../src/mup/coord-check";

/** A tanh network of inputs 16 and one output, scaled as abc says and trained by SGD with rate 0.1 on noise. */
export function abcNetwork(abc: AbcParametrization, width: number, seed: number): CoordCheckModel {
  const inputs = 16;
  const f64 = { dtype: "f64" } as const;
  const [forX, forY, ...forW] = random.split(random.key(seed), 2 + abc.a.length) as [
    Tensor,
    Tensor,
    ...Tensor[],
  ];
  const x = random.normal(forX, [32, inputs], f64);
  const y = random.normal(forY, [32, 1], f64);
  const layers = abc.a.length;
  let weights = forW.map((key, l) => {
    const fanIn = l === 0 ? inputs : width;
    const std = width ** -(abc.b[l] as number) / (l === 0 ? Math.sqrt(inputs) : 1);
    return random.normal(key, [l === layers - 1 ? 1 : width, fanIn], { ...f64, std });
  });
  const forward = (ws: Tensor[]): Tensor[] => {
    const seen: Tensor[] = [];
    let h = x;
    ws.forEach((w, l) => {
      const z = h.matmul(w.T).mul(width ** -(abc.a[l] as number));
      seen.push(z);
      h = z.tanh();
    });
    return seen;
  };
  const loss = (ws: Tensor[]): Tensor => (forward(ws).at(-1) as Tensor).sub(y).square().mean();
  const rate = 0.1 * width ** -abc.c;
  const step = jit((ws: Tensor[]) =>
    tree.map((w: Tensor, g: Tensor) => w.sub(g.mul(rate)), ws, grad(loss)(ws)),
  );
  return {
    activations: () =>
      Object.fromEntries(
        forward(weights).map((z, l) => [l === layers - 1 ? "output" : `z${l + 1}`, z]),
      ),
    step: () => {
      weights = step(weights);
    },
  };
}

import { grad, lower, type Tensor, tree, zeros } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { applyUpdates } from "../../src/core/apply-updates";
import { dropMuon } from "../../src/drop-muon/drop-muon";
import {
  truncatedBackward,
  truncatedBackwardWithAux,
} from "../../src/drop-muon/truncated-backward";

// Every product is 10 × 10 × 10: 2000 floating-point operations, which plans print exactly.
const size = 10;
const layers = 4;
const product = 2 * size ** 3;
const params = Array.from({ length: layers }, () => zeros([size, size]));
const x = zeros([size, size]);
const loss = (ws: Tensor[], input: Tensor): Tensor =>
  ws.reduce((h, w) => h.matmul(w).tanh(), input).sum();
const blocks = (path: readonly string[]): number => 1 + Number(path[0]);
const gradient = truncatedBackward(loss, blocks);

const scales: Record<string, number> = { "": 1, K: 1e3, M: 1e6 };

/** Floating-point operations of the matrix products of a plan. */
const productFlops = (plan: string): number =>
  [...plan.matchAll(/cpu {2}dot\n.*; ([\d.]+)([KM]?) flops/g)].reduce(
    (sum, [, digits, unit]) => sum + Number(digits) * (scales[unit as string] as number),
    0,
  );

/** Bytes of what a plan keeps between its steps. */
const intermediates = (plan: string): number => {
  const [, digits, unit] = /([\d.]+)([KM]?) bytes of intermediates/.exec(plan) as RegExpExecArray;
  return Number(digits) * (scales[unit as string] as number);
};

describe("flops of a truncated step", () => {
  it("are those of the forward pass and of the active blocks' gradients, and nothing else", () => {
    for (let s = 1; s <= layers; s++) {
      const plan = lower((p: Tensor[], input: Tensor) => gradient(s, p, input)[1])(params, x);
      const weights = layers - s + 1;
      // The input of the first active block gets no gradient.
      const inputs = layers - s;
      expect(productFlops(plan)).toBe((layers + weights + inputs) * product);
    }
  });

  it("include no orthogonalisation of frozen blocks", () => {
    const optimizer = dropMuon({ blocks, numBlocks: layers, nsSteps: 5 });
    const state = optimizer.init(params);
    for (let s = 1; s <= layers; s++) {
      const step = (p: Tensor[], opt: typeof state, input: Tensor): unknown => {
        const [, grads] = gradient(s, p, input);
        const result = optimizer.update(grads, opt, p, { firstActive: s });
        return { params: applyUpdates(p, result.updates), state: result.state };
      };
      const active = layers - s + 1;
      const expected = layers + active + (active - 1) + active * 5 * 3;
      expect(productFlops(lower(step)(params, state, x))).toBe(expected * product);
    }
  });

  it("would not shrink if gradients were only masked after a full backward pass", () => {
    const masked = lower((p: Tensor[], input: Tensor) => {
      const full = grad(loss)(p, input);
      return tree.map((g: Tensor) => g.mul(0), full);
    })(params, x);
    expect(productFlops(masked)).toBe((layers + layers + layers - 1) * product);
  });

  it("keep no activations of frozen blocks", () => {
    const deep = Array.from({ length: 12 }, () => zeros([size, size]));
    const bytes = (s: number): number =>
      intermediates(lower((p: Tensor[], input: Tensor) => gradient(s, p, input)[1])(deep, x));
    // Each recorded block keeps one activation of 400 bytes.
    expect(bytes(1) - bytes(12)).toBeGreaterThanOrEqual(10 * 4 * size * size);
  });

  it("leave auxiliary results of frozen blocks to the forward pass", () => {
    const withAux = truncatedBackwardWithAux(
      (ws: Tensor[], input: Tensor): [Tensor, Tensor] => [
        loss(ws, input),
        input.matmul(ws[0] as Tensor).mean(0),
      ],
      blocks,
    );
    const plan = lower((p: Tensor[], input: Tensor) => withAux(layers, p, input))(params, x);
    expect(productFlops(plan)).toBe((layers + 1) * product);
    const [[value, mean], grads] = withAux(layers, params, x);
    expect([value.shape, mean.shape]).toEqual([[], [size]]);
    expect(grads.slice(0, -1)).toEqual([null, null, null]);
  });
});

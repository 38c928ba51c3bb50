import { eye, lower, matmul, random, type Tensor, tensor, zeros } from "@x/tensor";
import { qr, svd } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  adafactor,
  adam,
  applyUpdates,
  describe as describeOptimizer,
  type GradientTransformation,
  type OptState,
  scaleByAdafactor,
  scaleByShampoo,
  scaleBySoap,
  shampoo,
  soap,
} from "../../src/index";

const normal = (seed: number, shape: number[]): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64" });

/** Updates for gradients given one after the other. */
function updatesOf(
  t: GradientTransformation,
  params: Tensor,
  gradients: readonly Tensor[],
): Tensor[] {
  let state: OptState = t.init(params);
  return gradients.map((g) => {
    const result = t.update(g, state, params);
    state = result.state;
    return result.updates;
  });
}

describe("adafactor", () => {
  test("finds second moments of rank one exactly at the first step, so u = sign(g)", () => {
    const r = tensor([0.5, 2, 3], { dtype: "f64" });
    const c = tensor([1, 4, 0.1, 7], { dtype: "f64" });
    const signs = tensor(
      [
        [1, -1, 1, 1],
        [-1, -1, 1, 1],
        [1, 1, -1, 1],
      ],
      { dtype: "f64" },
    );
    const g = r.expandDims(1).mul(c).sqrt().mul(signs);
    const [u] = updatesOf(scaleByAdafactor({ minFactored: 2 }), g, [g]);
    // eps of 1e-30 is far below half a unit of the last place.
    assertClose(u as Tensor, signs, { relative: 1e-13 });
  });

  test("equals the formula written out for several steps", () => {
    const gradients = [normal(1, [3, 2]), normal(2, [3, 2]).mul(10), normal(3, [3, 2])];
    const updates = updatesOf(
      scaleByAdafactor({ minFactored: 2 }),
      gradients[0] as Tensor,
      gradients,
    );
    const rows = [0, 0, 0];
    const columns = [0, 0];
    gradients.forEach((gradient, step) => {
      const g = gradient.toArray() as number[][];
      const at = (i: number, j: number): number => (g[i] as number[])[j] as number;
      const beta = 1 - (step + 1) ** -0.8;
      rows.forEach((r, i) => {
        rows[i] = beta * r + (1 - beta) * ((at(i, 0) ** 2 + at(i, 1) ** 2) / 2);
      });
      columns.forEach((c, j) => {
        columns[j] = beta * c + ((1 - beta) * (at(0, j) ** 2 + at(1, j) ** 2 + at(2, j) ** 2)) / 3;
      });
      const mean = rows.reduce((a, b) => a + b, 0) / 3;
      const u = g.map((row, i) =>
        row.map((x, j) => x / Math.sqrt(((rows[i] as number) * (columns[j] as number)) / mean)),
      );
      const rms = Math.sqrt(u.flat().reduce((s, x) => s + x * x, 0) / 6);
      const clipped = u.map((row) => row.map((x) => x / Math.max(1, rms)));
      assertClose(updates[step] as Tensor, clipped, { relative: 1e-12 });
    });
  });

  test("treats a stack of matrices as each alone, whatever their scales", () => {
    const dims = { batch: 0, out: 1, in: 2 };
    const stack = (seed: number): Tensor =>
      normal(seed, [3, 4, 2]).mul(tensor([[[1]], [[100]], [[0.01]]]));
    const gradients = [stack(1), stack(2), stack(3)];
    // A bound that is never met, as the root mean square of an update is taken over the whole leaf.
    const make = (roles?: typeof dims): GradientTransformation =>
      scaleByAdafactor({ minFactored: 2, clip: 1e6, ...(roles && { dims: roles }) });
    const together = updatesOf(make(dims), gradients[0] as Tensor, gradients);
    for (const k of [0, 1, 2]) {
      const own = gradients.map((g) => g.at(k));
      const alone = updatesOf(make(), own[0] as Tensor, own);
      for (const [i, u] of alone.entries()) {
        assertClose((together[i] as Tensor).at(k), u, { relative: 1e-12 });
      }
    }
  });

  test("of a vector keeps all second moments, and shortens updates to clip", () => {
    const gradients = [normal(8, [5]), normal(9, [5]).mul(20)];
    const updates = updatesOf(scaleByAdafactor({ clip: 0.5 }), gradients[0] as Tensor, gradients);
    const v = [0, 0, 0, 0, 0];
    for (const [step, gradient] of gradients.entries()) {
      const g = [...gradient.dataSync()];
      const beta = 1 - (step + 1) ** -0.8;
      for (const [i, x] of g.entries()) v[i] = beta * (v[i] as number) + (1 - beta) * x * x;
      const u = g.map((x, i) => x / Math.sqrt(v[i] as number));
      const rms = Math.sqrt(u.reduce((sum, x) => sum + x * x, 0) / 5);
      const clipped = u.map((x) => x / Math.max(1, rms / 0.5));
      assertClose(updates[step] as Tensor, clipped, { relative: 1e-12 });
    }
  });

  test("keeps n + m numbers for a matrix of 128 × 256 and all for a smaller one", () => {
    const bytes = (shape: number[]): number =>
      describeOptimizer(adafactor(0.1), zeros(shape)).stateBytes;
    expect(bytes([128, 256])).toBe(4 * (128 + 256) + 4);
    expect(bytes([127, 256])).toBe(4 * 127 * 256 + 4);
    expect(bytes([128, 16, 4, 4])).toBe(4 * (128 + 256) + 4);
  });

  test("with parameterScale moves in proportion to the parameter's size", () => {
    const w = normal(5, [4]).mul(100);
    const t = adafactor(0.1, { parameterScale: true });
    const u = t.update(w, t.init(w), w).updates;
    const rms = (x: Tensor): number => Math.sqrt(x.square().mean().item());
    // At the first step u = sign(g), of root mean square 1.
    expect(rms(u)).toBeCloseTo(0.1 * rms(w), 10);
    const tiny = w.mul(0);
    expect(rms(t.update(w, t.init(tiny), tiny).updates)).toBeCloseTo(0.1 * 1e-3, 14);
  });
});

describe("shampoo", () => {
  test("without history steps along UVᵀ of the gradient G = UΣVᵀ", () => {
    const g = normal(7, [5, 5]);
    const [u] = updatesOf(scaleByShampoo({ eps: 0 }), g, [g]);
    const { u: left, vt: right } = svd(g);
    assertClose(u as Tensor, matmul(left, right), { absolute: 1e-9 });
  });

  test("equals its definition by eigenvalues after two steps, for stacks and kernels, too", () => {
    const [a, b] = [normal(8, [3, 2]), normal(9, [3, 2])];
    const plain = updatesOf(scaleByShampoo({ eps: 1e-3, every: 1 }), a, [a, b])[1] as Tensor;
    const root = (x: Tensor): Tensor => {
      // Of a positive definite matrix singular values are the eigenvalues.
      const { u, s } = svd(x);
      return matmul(u.mul(s.add(1e-3).pow(-0.25)), u.T);
    };
    const left = matmul(a, a.T).add(matmul(b, b.T));
    const right = matmul(a.T, a).add(matmul(b.T, b));
    assertClose(plain, matmul(matmul(root(left), b), root(right)), { absolute: 1e-10 });

    const kernel = (x: Tensor): Tensor => x.reshape([3, 1, 2, 1]);
    const asKernel = updatesOf(scaleByShampoo({ eps: 1e-3, every: 1 }), kernel(a), [
      kernel(a),
      kernel(b),
    ]);
    assertClose((asKernel[1] as Tensor).reshape([3, 2]), plain, { absolute: 1e-12 });
  });

  test("decomposes only at every k-th step", () => {
    const gradients = [1, 2, 3].map((seed) => normal(seed, [3, 3]));
    const [, second, third] = updatesOf(
      scaleByShampoo({ every: 2 }),
      gradients[0] as Tensor,
      gradients,
    );
    const [, secondAlways, thirdAlways] = updatesOf(
      scaleByShampoo({ every: 1 }),
      gradients[0] as Tensor,
      gradients,
    );
    expect(
      (second as Tensor)
        .sub(secondAlways as Tensor)
        .abs()
        .max()
        .item(),
    ).toBeGreaterThan(1e-3);
    assertClose(third as Tensor, thirdAlways as Tensor, { absolute: 1e-12 });
  });

  test("uses one side with exponent −½ where the other is too long, and AdaGrad where both are", () => {
    const g = normal(4, [2, 6]);
    const [u] = updatesOf(scaleByShampoo({ eps: 0, maxSide: 4 }), g, [g]);
    // (GGᵀ)^(−½) G has orthonormal rows.
    assertClose(matmul(u as Tensor, (u as Tensor).T), eye(2, { dtype: "f64" }), { absolute: 1e-9 });
    const [v] = updatesOf(scaleByShampoo({ eps: 0, maxSide: 1 }), g, [g]);
    assertClose(v as Tensor, g.sign(), { absolute: 1e-12 });
  });
});

describe("soap", () => {
  test("decomposes in compiled steps only inside branches, not in every step", () => {
    const t = scaleBySoap();
    const w = normal(1, [6, 4]);
    const plan = lower((g: Tensor, state: ReturnType<typeof t.init>) => t.update(g, state))(
      w,
      t.init(w),
    );
    // Steps of the plan are numbered from the margin, those of branches are indented.
    const kernels = [...plan.matchAll(/^( *)\d+ {2}\w+ {2}(eigh|qr|cond)\b/gm)];
    const depths = (kernel: string): number[] =>
      kernels.filter(([, , name]) => name === kernel).map(([, indent]) => (indent ?? "").length);
    expect(depths("eigh")).toHaveLength(2);
    expect(depths("qr")).toHaveLength(2);
    const outermost = Math.min(...depths("cond"));
    expect(Math.min(...depths("eigh"), ...depths("qr"))).toBeGreaterThan(outermost);
  });

  const gradients = [1, 2, 3, 4].map((seed) => normal(seed, [3, 2]));

  test("with both bases standard is Adam that begins a step later", () => {
    const options = { betas: [0.9, 0.99] as const, eps: 1e-8 };
    const w = gradients[0] as Tensor;
    const ours = updatesOf(soap(0.1, { ...options, maxSide: 0, weightDecay: 0 }), w, gradients);
    const adams = updatesOf(adam(0.1, options), w, gradients.slice(1));
    expect((ours[0] as Tensor).abs().max().item()).toBe(0);
    adams.forEach((u, i) => {
      assertClose(ours[i + 1] as Tensor, u, { absolute: 1e-14 });
    });
  });

  test("turns with its gradients: orthogonal changes of rows and columns come out in the updates", () => {
    const p = qr(normal(20, [3, 3])).q;
    const q = qr(normal(21, [2, 2])).q;
    const w = gradients[0] as Tensor;
    const turn = (x: Tensor): Tensor => matmul(matmul(p, x), q);
    const t = scaleBySoap({ every: 2 });
    const straight = updatesOf(t, w, gradients);
    const turned = updatesOf(t, turn(w), gradients.map(turn));
    turned.forEach((u, i) => {
      assertClose(u, turn(straight[i] as Tensor), { absolute: 1e-9 });
    });
  });

  test("makes the second step in the eigenbases of the first gradient", () => {
    const [first, second] = gradients as [Tensor, Tensor];
    const [, u] = updatesOf(scaleBySoap({ eps: 0 }), first, [first, second]);
    const { u: left } = svd(matmul(first, first.T));
    const { u: right } = svd(matmul(first.T, first));
    // With corrected moments a first step of Adam is the sign of each coordinate.
    const inside = matmul(matmul(left.T, second), right).sign();
    assertClose(u as Tensor, matmul(matmul(left, inside), right.T), { absolute: 1e-9 });
  });

  test("sorts second moments together with the bases", () => {
    // The second direction overtakes the first: after the correction both must carry their own moments.
    const diagonal = (a: number, b: number): Tensor =>
      tensor(
        [
          [a, 0],
          [0, b],
        ],
        { dtype: "f64" },
      );
    const steps = [diagonal(2, 1), diagonal(0.1, 30), diagonal(0.2, 40), diagonal(0.3, 50)];
    const often = updatesOf(scaleBySoap({ every: 1, eps: 0 }), steps[0] as Tensor, steps);
    const never = updatesOf(scaleBySoap({ every: 100, eps: 0 }), steps[0] as Tensor, steps);
    // Diagonal gradients have the standard basis throughout, so correcting it must change nothing on the diagonal.
    steps.slice(1).forEach((_, i) => {
      const at = (u: Tensor | undefined): Tensor => (u as Tensor).diagonal();
      assertClose(at(often[i + 1]), at(never[i + 1]), { absolute: 1e-9 });
    });
  });
});

describe("shape-aware methods", () => {
  test("refuse options out of range by name", () => {
    expect(() => adafactor(1, { clip: 0 })).toThrow(
      "adafactor: expected clip > 0 and finite; got 0",
    );
    expect(() => shampoo(1, { every: 0 })).toThrow(
      "shampoo: expected every to be a whole number ≥ 1",
    );
    expect(() => shampoo(1, { beta: 1 })).toThrow("shampoo: expected beta in [0, 1); got 1");
    expect(() => soap(1, { shampooBeta: -0.1 })).toThrow("soap: expected shampooBeta in [0, 1)");
    const w = zeros([2, 2]);
    const t = shampoo(1, { dims: () => ({ out: 0, in: 0 }) });
    expect(() => t.init({ w })).toThrow(/shampoo: expected dims that name every axis once; w/);
    expect(applyUpdates(w, updatesOf(shampoo(1), w, [w])[0] as Tensor).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

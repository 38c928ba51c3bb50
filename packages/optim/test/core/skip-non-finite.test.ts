import { jit, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  chain,
  type GradientTransformation,
  identity,
  injectHyperparams,
  lookahead,
  masked,
  multiSteps,
  type OptState,
  partition,
  scaleBy,
  scheduleFree,
  sgd,
  skipNonFinite,
} from "../../src/index";

const f64 = (x: number | number[]): Tensor => tensor(x, { dtype: "f64" });

describe("skipNonFinite", () => {
  test("throws when more steps in a row are skipped than it bears, and forgets them after a good one", () => {
    const t = skipNonFinite(sgd(1), { maxConsecutive: 1 });
    const [good, bad] = [f64([1, 2]), f64([1, Number.POSITIVE_INFINITY])];
    let state = t.init(good);
    for (const g of [bad, good, bad]) state = t.update(g, state).state;
    expect([state.total.item(), state.consecutive.item()]).toEqual([2, 1]);
    expect(() => t.update(bad, state)).toThrow(
      "skipNonFinite: expected at most 1 steps in a row with NaN or infinite gradients; this is number 2",
    );
    const compiled = jit((g: Tensor, s: typeof state) => t.update(g, s));
    expect(compiled(good, state).state.consecutive.item()).toBe(0);
    const { state: over } = compiled(bad, state);
    expect(() => t.verify?.(over)).toThrow("this is number 2");
    expect(() => t.verify?.(state)).not.toThrow();
  });
});

describe("skipNonFinite inside jit", () => {
  const params = { a: f64([1, 2]), b: f64([3]) };
  const good = { a: f64([0.5, -1]), b: f64([2]) };
  const bads = [
    { a: f64([Number.NaN, 1]), b: f64([1]) },
    { a: f64([1, 1]), b: f64([Number.NEGATIVE_INFINITY]) },
  ];

  test("counts as outside, whichever leaf is not finite, and keeps the inner state meanwhile", () => {
    const t = skipNonFinite(sgd(0.1, { momentum: 0.9 }), { maxConsecutive: 5 });
    const plain = (g: typeof good, s: ReturnType<typeof t.init>) => t.update(g, s, params);
    const counts = [plain, jit(plain)].map((update) => {
      let state = t.init(params);
      return [good, ...bads, good, bads[0] as typeof good, good].map((g) => {
        const result = update(g, state);
        state = result.state;
        return [
          state.consecutive.item(),
          state.total.item(),
          ...result.updates.a.dataSync(),
          ...result.updates.b.dataSync(),
        ];
      });
    });
    const moved = (c: number): number[] => [-0.05 * c, 0.1 * c, -0.2 * c];
    const stay = [0, 0, 0];
    for (const found of counts) {
      // Momentum of one gradient g: g, then 1.9 g, then 2.71 g; steps that are skipped leave no trace.
      assertClose(
        tensor(found.flat(), { dtype: "f64" }),
        [
          [0, 0, ...moved(1)],
          [1, 1, ...stay],
          [2, 2, ...stay],
          [0, 2, ...moved(1.9)],
          [1, 3, ...stay],
          [0, 3, ...moved(2.71)],
        ].flat(),
        { absolute: 1e-12 },
      );
    }
  });

  test("verifies what wraps it and what it wraps", () => {
    const strict = skipNonFinite(sgd(1), { maxConsecutive: 0 });
    const wrapped: GradientTransformation[] = [
      chain(scaleBy(1), strict),
      multiSteps(strict, 1),
      masked(strict, () => true),
      partition(() => "on", { on: strict, off: identity() }),
      lookahead(strict),
      scheduleFree(strict),
      injectHyperparams(() => strict, { lr: 1 }) as GradientTransformation,
      skipNonFinite(chain(scaleBy(1e200), strict), { maxConsecutive: 9 }),
    ];
    for (const t of wrapped) {
      const step = jit((g: typeof good, s: OptState) => t.update(g, s, params));
      // Finite for the outer one of two, and infinite for the inner.
      const large = { a: f64([1e300, 1]), b: f64([1]) };
      const isNested = t === wrapped.at(-1);
      const first = step(isNested ? large : (bads[0] as typeof good), t.init(params));
      expect(() => t.verify?.(first.state)).toThrow("skipNonFinite: expected at most 0");
      expect(() => t.verify?.(step(good, t.init(params)).state)).not.toThrow();
    }
    expect(chain(scaleBy(1), lookahead(sgd(1))).verify).toBeUndefined();
  });
});

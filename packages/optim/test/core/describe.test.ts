import { tensor, zeros } from "@x/tensor";
import { expect, test } from "vitest";
import {
  adafactor,
  adagrad,
  adagradNorm,
  adam,
  adamw,
  adaptiveGradientClip,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  clipByValue,
  describe,
  diffGrad,
  freeze,
  type GradientTransformation,
  identity,
  lbfgs,
  lion,
  lookahead,
  multiSteps,
  muon,
  optimisticGradient,
  partition,
  reduceOnPlateau,
  rmsprop,
  sam,
  scaleBy,
  scaleByAdafactor,
  scaleByAdagrad,
  scaleByAdagradNorm,
  scaleByAdam,
  scaleByDiffGrad,
  scaleByLearningRate,
  scaleByLion,
  scaleByMuon,
  scaleByRms,
  scaleBySamples,
  scaleByShampoo,
  scaleBySoap,
  scaleBySophia,
  scheduleFree,
  sgd,
  shampoo,
  skipNonFinite,
  soap,
  sophia,
  trace,
} from "../../src/index";

const params = { a: tensor([1]), b: tensor([2]) };
const methods = (t: GradientTransformation): string[] =>
  describe(t, params).leaves.map(({ method }) => method);

test.each<[string, (lr: number) => GradientTransformation]>(
  Object.entries({ adafactor, adagrad, adam, adamw, diffGrad, lion, rmsprop, sgd }),
)("describe says %s for every leaf", (name, make) => {
  expect(methods(make(0.1))).toEqual([name, name]);
});

test.each<[string, GradientTransformation, string]>([
  ["lbfgs", lbfgs(), "lbfgs"],
  ["optimisticGradient", optimisticGradient(0.1), "optimisticGradient"],
  ["adagradNorm", adagradNorm(0.1), "adagradNorm"],
  ["shampoo", shampoo(0.1), "shampoo"],
  ["soap", soap(0.1), "soap"],
  ["sophia", sophia(0.1), "sophia"],
  ["what is inside lookahead", lookahead(adam(0.1)), "lookahead(adam)"],
  ["what is inside sam", sam(sgd(0.1)), "sam(sgd)"],
  ["what is inside scheduleFree", scheduleFree(sgd(0.1)), "scheduleFree(sgd)"],
  ["wrappers of wrappers", lookahead(sam(sgd(0.1))), "lookahead(sam(sgd))"],
  ["multiSteps by what it accumulates for", multiSteps(adam(0.1), 2), "adam"],
  ["skipNonFinite by what it guards", skipNonFinite(adam(0.1)), "adam"],
  ["a method that says nothing inside another", lookahead(identity()), "lookahead"],
  ["nothing of a method that says nothing", identity(), ""],
])("describe names %s", (_, t, name) => {
  expect(methods(t)).toEqual([name, name]);
});

test.each<[string, GradientTransformation]>(
  Object.entries({
    adaptiveGradientClip: adaptiveGradientClip(),
    addDecayedWeights: addDecayedWeights(0.1),
    clipByGlobalNorm: clipByGlobalNorm(1),
    clipByValue: clipByValue(1),
    reduceOnPlateau: reduceOnPlateau(),
    scaleBy: scaleBy(2),
    scaleByAdafactor: scaleByAdafactor(),
    scaleByAdagrad: scaleByAdagrad(),
    scaleByAdagradNorm: scaleByAdagradNorm(),
    scaleByAdam: scaleByAdam(),
    scaleByDiffGrad: scaleByDiffGrad(),
    scaleByLearningRate: scaleByLearningRate(0.1),
    scaleByLion: scaleByLion(),
    scaleByRms: scaleByRms(),
    scaleBySamples: scaleBySamples(0.1),
    scaleByShampoo: scaleByShampoo(),
    scaleBySoap: scaleBySoap(),
    scaleBySophia: scaleBySophia(),
    trace: trace(),
  }),
)("describe says %s for a part of that name, beside the others of a chain", (name, part) => {
  expect(methods(part)).toEqual([name, name]);
  expect(methods(chain(identity(), part, sgd(0.1)))).toEqual([`${name}, sgd`, `${name}, sgd`]);
});

test("describe says what Muon does with matrices, by itself and under the labels of muon", () => {
  const matrix = { w: zeros([4, 2]) };
  const texts = (t: GradientTransformation): string[] =>
    describe(t, matrix).leaves.map(({ method }) => method);
  expect(texts(scaleByMuon())).toEqual(["scaleByMuon(4 × 2, factor 1.41)"]);
  expect(texts(muon({ weightDecay: 0.1 }))).toEqual(["muon: 4 × 2, factor 1.41"]);
});

test("a description as text is a table", () => {
  const t = chain(
    clipByGlobalNorm(1),
    freeze(adamw(0.1), ([name]) => name === "b"),
  );
  const deep = { layer: { w: zeros([2, 3]) }, b: tensor([1], { dtype: "f64" }) };
  // Two buffers of six f32, and three i32 counts of steps would be 60: adamw with fixed rates keeps one.
  expect(String(describe(t, deep))).toBe(
    [
      "parameter  shape   dtype  method",
      "b          [1]     f64    clipByGlobalNorm, frozen",
      "layer.w    [2, 3]  f32    clipByGlobalNorm, adamw",
      "7 parameters, 52 bytes of state",
    ].join("\n"),
  );
});

test("describe says the method of leaves that freeze leaves alone, and which are frozen", () => {
  expect(methods(freeze(adamw(0.1), ([name]) => name === "b"))).toEqual(["adamw", "frozen"]);
  const groups = partition(([name]) => name as string, { a: adam(0.1), b: sgd(0.1) });
  expect(methods(groups)).toEqual(["a: adam", "b: sgd"]);
  expect(methods(freeze(groups, ([name]) => name === "a"))).toEqual(["frozen", "b: sgd"]);
});

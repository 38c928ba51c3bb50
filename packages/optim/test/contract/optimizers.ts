import {
  adafactor,
  adagrad,
  adagradNorm,
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  diffGrad,
  dropMuon,
  type GradientTransformation,
  injectHyperparams,
  lbfgs,
  linearSchedule,
  lion,
  lookahead,
  multiSteps,
  muon,
  optimisticGradient,
  reduceOnPlateau,
  rmsprop,
  type Schedule,
  sam,
  scaleByAdagradNorm,
  scaleBySamples,
  scheduleFree,
  sgd,
  shampoo,
  skipNonFinite,
  soap,
  sophia,
} from "../../src/index";
import type { Objective } from "./objectives";

/** An optimiser that has to keep the contract. */
export interface Entry {
  readonly name: string;
  /** A new transformation with settings that suit the objectives. */
  make(lr: number): GradientTransformation;
  /** Rate for all objectives, or one for each. */
  readonly lr: number | Readonly<Record<Objective["name"], number>>;
  /** Steps allowed; default 300. */
  readonly steps?: number;
  /** The gap to the minimum that must be reached, as a share of the first gap; default 0.01. */
  readonly reach?: Partial<Readonly<Record<Objective["name"], number>>>;
  /** The step cannot be compiled; default false. */
  readonly eagerOnly?: boolean;
  /** Gradients of zero may move parameters (weight decay, random steps); default false. */
  readonly movesAtRest?: boolean;
}

/** A rate for every objective, and another for the narrow valley of Rosenbrock's function. */
const rates = (lr: number, valley: number): Readonly<Record<Objective["name"], number>> => ({
  quadratic: lr,
  Rosenbrock: valley,
  "matrix factorisation": lr,
  "logistic regression": lr,
});

const falling = (lr: number): Schedule => linearSchedule(lr, lr / 100, 300);

/** Along the floor of the valley, methods without momentum get no further in so few steps. */
const valley: NonNullable<Entry["reach"]> = { Rosenbrock: 0.1 };

/** All optimisers of the package; a new one joins by a line. */
export const optimizers: readonly Entry[] = [
  { name: "sgd", make: (lr) => sgd(lr), lr: rates(0.2, 2e-3), reach: valley },
  { name: "sgd with momentum", make: (lr) => sgd(lr, { momentum: 0.9 }), lr: rates(0.05, 1e-3) },
  {
    name: "sgd with Nesterov",
    make: (lr) => sgd(lr, { momentum: 0.9, nesterov: true }),
    lr: rates(0.05, 1e-3),
  },
  { name: "adam", make: (lr) => adam(lr), lr: 0.05 },
  { name: "adam with amsgrad", make: (lr) => adam(lr, { amsgrad: true }), lr: 0.05 },
  { name: "adam with Nesterov", make: (lr) => adam(lr, { nesterov: true }), lr: 0.05 },
  {
    name: "adamw",
    make: (lr) => adamw(lr, { weightDecay: 1e-3 }),
    lr: 0.05,
    movesAtRest: true,
  },
  { name: "adagrad", make: (lr) => adagrad(lr), lr: 0.5, reach: valley },
  { name: "adagradNorm", make: (lr) => adagradNorm(lr), lr: rates(2, 0.5), reach: valley },
  { name: "rmsprop", make: (lr) => rmsprop(lr), lr: 0.01, reach: valley },
  {
    name: "rmsprop, centred, with momentum",
    make: (lr) => rmsprop(lr, { centred: true, momentum: 0.5 }),
    lr: 0.005,
  },
  // Steps of one size end in a neighbourhood of the minimum.
  { name: "lion", make: (lr) => lion(lr), lr: 0.01, reach: { "matrix factorisation": 0.02 } },
  {
    name: "optimisticGradient",
    make: (lr) => optimisticGradient(lr),
    lr: rates(0.1, 2e-3),
    reach: valley,
  },
  { name: "adafactor", make: (lr) => adafactor(lr, { minFactored: 2 }), lr: 0.03, reach: valley },
  { name: "shampoo", make: (lr) => shampoo(lr, { every: 2 }), lr: 0.2, reach: valley },
  {
    name: "shampoo with decay",
    make: (lr) => shampoo(lr, { beta: 0.9, every: 1 }),
    lr: 0.01,
    reach: valley,
  },
  { name: "soap", make: (lr) => soap(lr, { weightDecay: 0 }), lr: 0.03 },
  { name: "sophia", make: (lr) => sophia(lr), lr: 0.02 },
  { name: "lbfgs", make: () => lbfgs(), lr: 1, steps: 40 },
  { name: "lookahead of adam", make: (lr) => lookahead(adam(lr)), lr: 0.1 },
  {
    name: "sam of sgd",
    make: (lr) => sam(sgd(lr, { momentum: 0.9 })),
    lr: rates(0.05, 1e-3),
    reach: valley,
  },
  {
    name: "scheduleFree of sgd",
    make: (lr) => scheduleFree(sgd(lr)),
    lr: rates(0.3, 3e-3),
    reach: valley,
  },
  { name: "diffGrad", make: (lr) => diffGrad(lr), lr: 0.1 },
  {
    name: "adagradNorm with a rate that counts examples",
    make: (lr) => chain(scaleByAdagradNorm(), scaleBySamples(linearSchedule(lr, lr / 2, 300))),
    lr: rates(2, 0.5),
    reach: valley,
  },
  // Steps are as long as the rate says, so it has to fall.
  { name: "muon", make: (lr) => muon({ lr: falling(lr), fallback: { lr: 0.05 } }), lr: 0.05 },
  {
    name: "muon with Polar Express, in Adam's scale",
    make: (lr) =>
      muon({
        lr: falling(lr),
        coeffs: "polarExpress",
        normalize: "schatten4",
        shapeScale: "matchRms",
        fallback: { lr: 0.05 },
      }),
    lr: 0.2,
  },
  {
    name: "dropMuon",
    make: (lr) =>
      dropMuon({
        blocks: ([name = ""]) => (["b", "v", "vector"].includes(name) ? 2 : 1),
        numBlocks: 2,
        lr: falling(lr),
        fallback: { lr: 0.05 },
      }),
    lr: 0.05,
  },
  { name: "multiSteps of adam", make: (lr) => multiSteps(adam(lr), 2), lr: 0.1 },
  { name: "skipNonFinite of adam", make: (lr) => skipNonFinite(adam(lr)), lr: 0.05 },
  {
    name: "injected, clipped and scheduled adam",
    make: (lr) =>
      chain(
        clipByGlobalNorm(10),
        injectHyperparams((h) => adam(h.lr), { lr: linearSchedule(lr, lr / 2, 300) }),
        reduceOnPlateau({ patience: 50 }),
      ),
    lr: 0.1,
  },
];

import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  bilevel,
  chain,
  constantSchedule,
  dropMuon,
  lookahead,
  muon,
  scheduleFree,
  setHyperparams,
  sgd,
  skipNonFinite,
  solveBilevel,
  train,
  warmupStableDecay,
  withWarmup,
} from "../src/index";

/** Calls as plain JavaScript could make them. */
const wrong = <T>(x: unknown): T => x as T;

const problem = {
  upper: (_: Tensor, y: Tensor) => y.sub(0.5).square(),
  lower: (x: Tensor, y: Tensor) => y.sub(x).square(),
};

const cases: readonly (readonly [string, () => unknown, string])[] = [
  [
    "withWarmup in the other order",
    () => withWarmup(wrong(constantSchedule(1)), wrong(10)),
    "withWarmup: expected then to be a function; got 10; call withWarmup(steps, schedule)",
  ],
  [
    "warmupStableDecay without options",
    () => warmupStableDecay(0.1, wrong(undefined)),
    "warmupStableDecay: expected options to be an object; got undefined",
  ],
  ["muon of a rate", () => muon(wrong(0.02)), "muon: expected options to be an object; got 0.02"],
  [
    "an unknown kind of sampler",
    () => dropMuon({ blocks: () => 1, numBlocks: 1, sampler: wrong({ kind: "even" }) }),
    'rptSampler: expected sampler { kind } with kind uniform, epochShift, probs or smoothness; got "even"',
  ],
  [
    "a sampler by its name alone",
    () => dropMuon({ blocks: () => 1, numBlocks: 1, sampler: wrong("uniform") }),
    'got "uniform"',
  ],
  [
    "bilevel without inner",
    () => bilevel(problem, wrong<never>({ method: "cg", outer: sgd(1) })),
    "bilevel: expected inner to be an optimiser such as adam(1e-3); got undefined",
  ],
  [
    "solveBilevel without options",
    () => {
      const solver = bilevel(problem, { method: "cg", outer: sgd(1), inner: sgd(0.1) });
      return solveBilevel(solver, tensor(1), tensor(1), wrong(undefined));
    },
    "solveBilevel: expected options to be an object; got undefined",
  ],
  [
    "bilevel with soba without linear",
    () => bilevel(problem, wrong<never>({ method: "soba", outer: sgd(1), inner: sgd(1) })),
    "bilevel: expected linear to be an optimiser such as adam(1e-3); got undefined",
  ],
  [
    "bilevel with amigo without linear",
    () => bilevel(problem, wrong<never>({ method: "amigo", outer: sgd(1), inner: sgd(1) })),
    "bilevel: expected linear to be an optimiser",
  ],
  [
    "a list for chain",
    () => chain(wrong([sgd(1), sgd(1)])),
    "chain: expected every argument to be an optimiser such as adam(1e-3); got a list",
  ],
  [
    "a rate for scheduleFree",
    () => scheduleFree(wrong(0.01)),
    "scheduleFree: expected base to be an optimiser such as adam(1e-3); got 0.01",
  ],
  [
    "a rate for lookahead",
    () => lookahead(wrong(0.01)),
    "lookahead: expected transformation to be an optimiser such as adam(1e-3); got 0.01",
  ],
  [
    "a rate for skipNonFinite",
    () => skipNonFinite(wrong(0.01)),
    "skipNonFinite: expected transformation to be an optimiser such as adam(1e-3); got 0.01",
  ],
  ["a rate in quotes", () => adam(wrong("0.1")), 'expected lr ≥ 0 and finite; got "0.1"'],
  [
    "a rate among the options",
    () => adamw(wrong({ lr: 0.1 })),
    "the rate is the first argument: adamw(lr, options)",
  ],
  [
    "hyperparameters of a state that has none",
    () => setHyperparams(wrong<never>(adam(1).init(tensor([1]))), { lr: 1 } as never),
    "setHyperparams: expected a state of injectHyperparams",
  ],
];

describe("arguments of the wrong kind", () => {
  test.each(cases)("%s: refused with advice", (_, call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });

  test("train names what is missing, and a loss that is no scalar", async () => {
    const good = {
      params: tensor([1, 2]),
      loss: (p: Tensor): Tensor => p.square().sum(),
      optimizer: sgd(0.1),
      batch: () => null,
      steps: 1,
    };
    const refusals: readonly (readonly [object, string])[] = [
      [{ batch: undefined }, "train: expected batch to be a function; got undefined"],
      [{ optimizer: undefined }, "train: expected optimizer to be an optimiser"],
      [
        { optimizer: adam },
        "train: expected optimizer to be an optimiser such as adam(1e-3); adam is a function; call it",
      ],
      [{ loss: undefined }, "train: expected loss to be a function; got undefined"],
      [
        { loss: (p: Tensor) => p.square() },
        "train: expected loss to return a scalar tensor, or { loss } with one; got shape [2]; end it with mean() or sum()",
      ],
      [{ loss: () => undefined }, "got undefined; end it with mean() or sum()"],
      [{ loss: () => 3 }, "got number; end it with mean() or sum()"],
      [{ loss: async (p: Tensor) => p.square().sum() }, "got a promise; loss must not be async"],
      [
        { loss: (p: Tensor) => [p.square().sum(), null] },
        "got a list; return { loss, modelState }",
      ],
      [
        { loss: (p: Tensor) => ({ loss: p.square().sum(), metrics: { a: 3 } }) },
        "train: expected metrics.a to be a scalar tensor; got number",
      ],
      [
        { checkpoint: { every: 5 } },
        "train: expected checkpoint.save to be a function; got undefined",
      ],
      [{ resume: new Uint8Array(10) }, "train: resume is no checkpoint"],
    ];
    for (const [more, message] of refusals) {
      const call = train(wrong<typeof good>({ ...good, ...more }));
      await expect(call).rejects.toThrow(ArgumentError);
      await expect(call).rejects.toThrow(message);
    }
    expect((await train(good)).step).toBe(1);
  });
});

import { barycenter, costMatrix, greenkhorn, gromovWasserstein, sinkhornUnbalanced } from "@x/ot";
import { setThreads, type Tensor, tensor } from "@x/tensor";
import type { Closeness, Kit, SharedArray } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Row, Rows } from "../../../tooling/bench/src/row";
import { gaussianCost, normal, square, uniform01 } from "./problems";

/** A problem on shared arrays: what we compute, the body of POT's `run()`, and how near the figures must be. */
interface Problem {
  readonly arrays: Readonly<Record<string, SharedArray>>;
  readonly ours: (inputs: Readonly<Record<string, Tensor>>) => ArrayLike<number>;
  readonly theirs: string;
  readonly closeness: Closeness;
}

/** Both on one thread. */
async function againstPot(kit: Kit, problem: Problem): Promise<Prepared> {
  setThreads(1);
  const inputs = Object.fromEntries(
    Object.entries(problem.arrays).map(([name, { data, shape }]) => [
      name,
      tensor(data, { shape: [...shape] }),
    ]),
  );
  const ours = (): ArrayLike<number> => problem.ours(inputs);
  const script = `import numpy as np, ot\ndef run():\n    ${problem.theirs.replaceAll("\n", "\n    ")}\n`;
  const peer = await kit.python("ot", script, problem.arrays, { threads: 1 });
  if ("missing" in peer) return { ours, peer, check: () => {} };
  return {
    ours,
    peer,
    async check() {
      await peer.sample();
      kit.assertClose("figures", ours(), await peer.result(), problem.closeness);
    },
    dispose: peer.close,
  };
}

const row = (name: string, peerName: string, problem: (kit: Kit) => Problem): Row => ({
  name: `${name}, one thread`,
  unit: "ms",
  peerName: `POT ${peerName}`,
  target: { of: "ratio", atMost: 1 },
  setup: (kit) => againstPot(kit, problem(kit)),
});

/** Squared distances between Gaussian clouds, divided by a number that is made of them. */
function scaled(kit: Kit, n: number, unit: (C: Float64Array) => number): SharedArray {
  const C = gaussianCost(kit, n);
  const by = unit(C);
  return square(
    C.map((c) => c / by),
    n,
  );
}

const mean = (C: Float64Array): number => C.reduce((x, y) => x + y) / C.length;
const largest = (C: Float64Array): number => C.reduce((x, y) => Math.max(x, y));

/** Until a change of 10⁻⁹ on both sides. POT's entropy is relative to 1, ours to a⊗b: its costs make up for that. */
const unbalanced = (n: number, eps: number) => (kit: Kit) => ({
  arrays: { C: scaled(kit, n, mean) },
  ours: ({ C }: Readonly<Record<string, Tensor>>) => [
    sinkhornUnbalanced(null, null, C as Tensor, { eps, rho: 1, tol: 1e-9 }).linear,
  ],
  theirs: [
    `a = np.full(${n}, 1 / ${n})`,
    `D = C + ${2 * eps * Math.log(n)}`,
    `P = ot.unbalanced.sinkhorn_unbalanced(a, a, D, ${eps}, 1.0, stopThr=1e-9, numItermax=10000)`,
    "return [(P * C).sum()]",
  ].join("\n"),
  closeness: { relative: 1e-7 },
});

/** Weights of the sum 1. */
function weights(kit: Kit, n: number, seed: number): SharedArray {
  const w = uniform01(kit, n, seed).map((x) => x + 0.5);
  const sum = w.reduce((x, y) => x + y);
  return { data: w.map((x) => x / sum), shape: [n] };
}

/** 10 000 steps. POT begins elsewhere, so that the plans differ by what is left to do. */
const greedy = (n: number) => (kit: Kit) => ({
  arrays: { C: scaled(kit, n, largest), a: weights(kit, n, 3), b: weights(kit, n, 4) },
  ours: ({ C, a, b }: Readonly<Record<string, Tensor>>) => {
    const options = { eps: 0.05, tol: 1e-30, maxIterations: 10_000, warn: false };
    return [greenkhorn(a as Tensor, b as Tensor, C as Tensor, options).linear];
  },
  theirs: [
    "P = ot.bregman.greenkhorn(a, b, C, 0.05, numItermax=10000, stopThr=1e-30, warn=False)",
    "return [(P * C).sum()]",
  ].join("\n"),
  closeness: { relative: 1e-5 },
});

/** Five bumps on a line of n bins. */
function bumps(n: number): SharedArray {
  const data = new Float64Array(5 * n);
  for (let k = 0; k < 5; k++) {
    const h = Float64Array.from({ length: n }, (_, i) => {
      const z = (i / n - 0.15 - 0.17 * k) / (0.03 + 0.01 * k);
      return Math.exp(-(z ** 2) / 2) + 1e-6;
    });
    const sum = h.reduce((x, y) => x + y);
    data.set(
      h.map((x) => x / sum),
      k * n,
    );
  }
  return { data, shape: [5, n] };
}

const line = (n: number): SharedArray =>
  square(
    Float64Array.from({ length: n * n }, (_, k) => ((Math.floor(k / n) - (k % n)) / (n - 1)) ** 2),
    n,
  );

/** Until the same error, which POT looks at in every tenth iteration. */
const bins = (n: number, eps: number) => () => ({
  arrays: { A: bumps(n), C: line(n) },
  ours: ({ A, C }: Readonly<Record<string, Tensor>>) =>
    barycenter(A as Tensor, C as Tensor, { eps, tol: 1e-9 }).barycenter.dataSync(),
  theirs: `return ot.bregman.barycenter(A.T, C, ${eps}, stopThr=1e-9)`,
  closeness: { relative: 0, absolute: 1e-9 },
});

/** Distances within a Gaussian cloud. */
function within(kit: Kit, n: number, seed: number): SharedArray {
  const X = tensor(normal(kit, 3 * n, seed), { shape: [n, 3] });
  return square(costMatrix(X, X, "euclidean").dataSync() as Float64Array, n);
}

const spaces = (n: number) => (kit: Kit) => ({
  arrays: { C1: within(kit, n, 5), C2: within(kit, n, 6) },
  ours: ({ C1, C2 }: Readonly<Record<string, Tensor>>) => [
    gromovWasserstein(C1 as Tensor, C2 as Tensor, { tol: 1e-9 }).value,
  ],
  theirs: [
    `p = np.full(${n}, 1 / ${n})`,
    "P, log = ot.gromov.gromov_wasserstein(C1, C2, p, p, 'square_loss', log=True)",
    "return [log['gw_dist']]",
  ].join("\n"),
  closeness: { relative: 1e-8 },
});

export const rows: Rows = [
  row("sinkhornUnbalanced, n = 1000, ε = 0.5, ρ = 1", "sinkhorn_unbalanced", unbalanced(1000, 0.5)),
  row("sinkhornUnbalanced, n = 1000, ε = 0.1, ρ = 1", "sinkhorn_unbalanced", unbalanced(1000, 0.1)),
  row("greenkhorn, n = 500, 10 000 steps", "greenkhorn", greedy(500)),
  row("greenkhorn, n = 1000, 10 000 steps", "greenkhorn", greedy(1000)),
  row("barycenter, 5 × 500 bins, ε = 0.01, to 1e-9", "barycenter", bins(500, 0.01)),
  row("gromovWasserstein, n = 20", "gromov_wasserstein", spaces(20)),
  row("gromovWasserstein, n = 50", "gromov_wasserstein", spaces(50)),
];

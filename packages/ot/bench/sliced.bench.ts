import { slicedWasserstein } from "@x/ot";
import { setThreads, tensor } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Row, Rows } from "../../../tooling/bench/src/row";
import { normal } from "./problems";

const [n, d, projections] = [10_000, 3, 500];

const againstPot =
  (chooseThreads: (kit: Kit) => number) =>
  async (kit: Kit): Promise<Prepared> => {
    const threads = chooseThreads(kit);
    setThreads(threads);
    const x = normal(kit, n * d, 1);
    const y = normal(kit, n * d, 2).map((v) => 1.5 * v + 1);
    const [X, Y] = [tensor(x, { shape: [n, d] }), tensor(y, { shape: [n, d] })];
    const ours = (): number => slicedWasserstein(X, Y, { projections, seed: 1 }).value;
    const peer = await kit.python(
      "ot",
      `import ot\nseed = iter(range(10**9))\ndef run():\n    return [ot.sliced_wasserstein_distance(X, Y, n_projections=${projections}, seed=next(seed))]\n`,
      { X: { data: x, shape: [n, d] }, Y: { data: y, shape: [n, d] } },
      { threads },
    );
    if ("missing" in peer) return { ours, peer, check: () => {} };
    return {
      ours,
      peer,
      async check() {
        await peer.sample();
        // Two estimates from 500 directions each; a direction's distance deviates by 15 % of the mean.
        kit.assertClose("distance", [ours()], await peer.result(), { relative: 0.05 });
      },
      dispose: peer.close,
    };
  };

/** Mean-squared error of valueP over 400 seeds, against 20 000 directions. */
function meanSquaredError(X: number[][], Y: number[][], estimator: "plain" | "joint"): number {
  const exact = slicedWasserstein(X, Y, { projections: 20_000, seed: 12345 }).valueP;
  const runs = 400;
  let sum = 0;
  for (let seed = 0; seed < runs; seed++) {
    const { valueP } = slicedWasserstein(X, Y, { projections: 10, seed, estimator });
    sum += (valueP - exact) ** 2;
  }
  return sum / runs;
}

/** 500 + 500 Gaussian points in ten dimensions, every mean shifted by 1, deviations 0.5 … 2 against 1. */
function controlVariates(kit: Kit): Prepared {
  const dimension = 10;
  const [x, y] = [normal(kit, 500 * dimension, 3), normal(kit, 500 * dimension, 4)];
  const rowsOf = (data: Float64Array, map: (v: number, k: number) => number): number[][] =>
    Array.from({ length: 500 }, (_, i) =>
      Array.from(data.subarray(i * dimension, (i + 1) * dimension), map),
    );
  const X = rowsOf(x, (v) => v);
  const Y = rowsOf(y, (v, k) => 1 + v * (0.5 + (1.5 * k) / (dimension - 1)));
  return {
    ours: { sample: () => meanSquaredError(X, Y, "joint") },
    peer: { sample: () => meanSquaredError(X, Y, "plain") },
    check() {
      const joint = slicedWasserstein(X, Y, { projections: 2000, seed: 1, estimator: "joint" });
      const plain = slicedWasserstein(X, Y, { projections: 20_000, seed: 2 });
      kit.assertClose("squared distance", [joint.valueP], [plain.valueP], { relative: 0.02 });
    },
  };
}

const potRow = (threads: string, choose: (kit: Kit) => number): Row => ({
  name: `sliced W2, 10 000 × 3 points, 500 projections, f64, ${threads}`,
  unit: "ms",
  peerName: "POT",
  target: { of: "ratio", atMost: 0.03 },
  setup: againstPot(choose),
});

export const rows: Rows = [
  potRow("one thread", () => 1),
  potRow("all threads", (kit) => kit.threads),
  {
    name: "sliced W2, joint control variate, 10 projections in 10-D, shifted means, mean-squared error",
    unit: "error",
    peerName: "plain Monte Carlo",
    target: { of: "ratio", atMost: 0.02 },
    samples: 1,
    setup: controlVariates,
  },
];

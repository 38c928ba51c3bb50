import { assign, emd } from "@x/ot";
import { setThreads, type Tensor, tensor } from "@x/tensor";
import type { Kit, SharedArray } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";
import { gaussianCost, square, uniform01 } from "./problems";

/** Both sides on the same matrix; the optimal costs must agree to the rounding of sums of n terms. */
async function againstPython(
  kit: Kit,
  cost: SharedArray,
  ours: (C: Tensor) => number,
  module: string,
  script: string,
): Promise<Prepared> {
  setThreads(1);
  const C = tensor(cost.data, { shape: [...cost.shape] });
  const run = (): number => ours(C);
  const peer = await kit.python(module, script, { C: cost }, { threads: 1 });
  if ("missing" in peer) return { ours: run, peer, check: () => {} };
  return {
    ours: run,
    peer,
    async check() {
      await peer.sample();
      kit.assertClose("cost", [run()], await peer.result(), { relative: 1e-9 });
    },
    dispose: peer.close,
  };
}

const emdAgainstPot = (n: number) => (kit: Kit) =>
  againstPython(
    kit,
    square(gaussianCost(kit, n), n),
    (C) => emd(null, null, C).cost,
    "ot",
    "import numpy as np, ot\nn = len(C)\na = np.full(n, 1 / n)\ndef run():\n    return ot.emd2(a, a, C, numItermax=1000000)\n",
  );

const assignAgainstScipy = (n: number) => (kit: Kit) =>
  againstPython(
    kit,
    square(uniform01(kit, n * n, 3), n),
    (C) => assign(C).cost,
    "scipy.optimize",
    "from scipy.optimize import linear_sum_assignment\ndef run():\n    i, j = linear_sum_assignment(C)\n    return C[i, j].sum()\n",
  );

export const rows: Rows = [
  {
    name: "emd, n = m = 1000, squared Euclid in 3-D, one thread",
    unit: "ms",
    peerName: "POT",
    target: { of: "ratio", atMost: 1 },
    setup: emdAgainstPot(1000),
  },
  {
    name: "emd, n = m = 2000, squared Euclid in 3-D, one thread",
    unit: "ms",
    peerName: "POT",
    target: { of: "ratio", atMost: 1.2 },
    setup: emdAgainstPot(2000),
  },
  {
    name: "assign, 1000×1000 uniform, one thread",
    unit: "ms",
    peerName: "SciPy",
    target: { of: "ratio", atMost: 1.3 },
    setup: assignAgainstScipy(1000),
  },
];

import { sinkhorn, sinkhornNewton } from "@x/ot";
import { setThreads, tensor } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Row, Rows } from "../../../tooling/bench/src/row";
import { gaussianCost, square, uniform01 } from "./problems";

const n = 1000;
const tol = 1e-9;

/** A cost matrix with maximum 1. */
function scaledCost(kit: Kit): Float64Array {
  const cost = gaussianCost(kit, n);
  const most = cost.reduce((x, y) => Math.max(x, y));
  return cost.map((c) => c / most);
}

/** The same problem to a marginal error of 10⁻⁹; our error is the sum over both marginals and so the stricter one. */
const againstPot =
  (solver: string, eps: number, chooseThreads: (kit: Kit) => number) =>
  async (kit: Kit): Promise<Prepared> => {
    setThreads(chooseThreads(kit));
    const cost = scaledCost(kit);
    const C = tensor(cost, { shape: [n, n] });
    const ours = (): ReturnType<typeof sinkhorn> =>
      sinkhorn(null, null, C, { eps, tol, maxIterations: 100_000 });
    const script = [
      "import numpy as np, ot",
      "a = np.full(len(C), 1 / len(C))",
      "def run():",
      `    P = ot.bregman.${solver}(a, a, C, ${eps}, stopThr=${tol}, numItermax=1000000)`,
      "    return [(P * C).sum()]\n",
    ].join("\n");
    const arrays = { C: square(cost, n) };
    const peer = await kit.python("ot", script, arrays, { threads: chooseThreads(kit) });
    const right = (): number => {
      const { converged, linear, marginalError } = ours();
      if (converged && marginalError <= tol) return linear;
      throw new Error(`sinkhorn: marginal error ${marginalError}, expected ${tol}`);
    };
    if ("missing" in peer) return { ours, peer, check: () => void right() };
    return {
      ours,
      peer,
      async check() {
        await peer.sample();
        // ⟨P, C⟩ moves with the marginal error times the largest potential, about the largest cost, 1.
        kit.assertClose("⟨P, C⟩", [right()], await peer.result(), { relative: 0, absolute: 1e-7 });
      },
      dispose: peer.close,
    };
  };

const oneThread = (): number => 1;
const allThreads = (kit: Kit): number => kit.threads;

const potRow = (
  solver: string,
  eps: number,
  threads: [string, (kit: Kit) => number],
  atMost: number,
  over: Partial<Row> = {},
): Row => ({
  name: `sinkhorn, n = 1000, largest cost 1, ε = ${eps}, to 1e-9, ${threads[0]}`,
  unit: "ms",
  peerName: `POT ${solver}`,
  target: { of: "ratio", atMost },
  setup: againstPot(solver, eps, threads[1]),
  ...over,
});

/** More than a minute for each call of the peer, which is made twice. */
const slow: Partial<Row> = { samples: 1, timeLimit: 900 };

/** Random costs, ε = 1/1200. */
function assignmentByNewton(kit: Kit): Prepared {
  setThreads(1);
  const size = 500;
  const C = tensor(uniform01(kit, size * size, 5), { shape: [size, size] });
  const ours = (): ReturnType<typeof sinkhornNewton> =>
    sinkhornNewton(null, null, C, { eta: 1200, tol });
  return {
    ours,
    check() {
      const { converged, iterations, marginalError, status } = ours();
      if (converged && marginalError <= tol && iterations <= 40) return;
      throw new Error(
        `sinkhornNewton: expected at most 40 iterations; got ${iterations}, error ${marginalError}: ${status}`,
      );
    },
  };
}

export const rows: Rows = [
  potRow("sinkhorn", 1e-2, ["one thread", oneThread], 0.5),
  potRow("sinkhorn", 1e-2, ["all threads", allThreads], 0.5),
  potRow("sinkhorn_log", 1e-3, ["one thread", oneThread], 0.01, slow),
  potRow("sinkhorn_log", 1e-3, ["all threads", allThreads], 0.01, slow),
  {
    name: "sinkhornNewton, random assignment n = 500, η = 1200, to 1e-9, in at most 40 iterations",
    unit: "ms",
    target: { of: "ours", atMost: 150 },
    setup: assignmentByNewton,
  },
];

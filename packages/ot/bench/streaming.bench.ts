import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";

/** A process of its own, because its peak of resident memory is what counts. */
const program = `
import { random } from "@x/tensor";
import { sinkhornPoints } from "@x/ot";

const points = (seed) => random.normal(random.key(seed), [20_000, 3], { dtype: "f64" });
const result = sinkhornPoints(points(1), points(2), { eps: 0.05, tol: 1e-300, maxIterations: 100, warn: false });
const { iterations, value } = result;
console.log(JSON.stringify({ iterations, value, megabytes: process.resourceUsage().maxRSS / 1000 }));
`;

interface Outcome {
  readonly iterations: number;
  readonly value: number;
  readonly megabytes: number;
}

const solve = async (kit: Kit): Promise<Outcome> => JSON.parse(await kit.newProcess(program));

function setup(kit: Kit): Prepared {
  // It takes most of a minute: what is checked is what is measured.
  const outcome = solve(kit);
  return {
    ours: { sample: async () => (await outcome).megabytes },
    async check() {
      const { iterations, value } = await outcome;
      if (iterations === 100 && Number.isFinite(value)) return;
      throw new Error(`sinkhornPoints: expected 100 iterations; got ${iterations}, value ${value}`);
    },
  };
}

export const rows: Rows = [
  {
    name: "streaming Sinkhorn, n = m = 20 000, d = 3, ε = 0.05, 100 iterations, peak of resident memory",
    unit: "MB",
    target: { of: "ours", atMost: 200 },
    samples: 1,
    timeLimit: 600,
    setup,
  },
];

import { type SlicedOptions, slicedWasserstein } from "@x/ot";
import { random, type Tensor, tensor } from "@x/tensor";
import { lines } from "example-optim-studies/plots";
import type { Study, StudyContext } from "example-optim-studies/study";

type Estimator = NonNullable<SlicedOptions["estimator"]>;

const estimators: Readonly<Record<string, Estimator>> = {
  "Monte Carlo": "plain",
  "lower bound (LCV)": "lcv",
  "upper bound (UCV)": "ucv",
  both: "joint",
};

interface Case {
  readonly name: string;
  readonly X: Tensor;
  readonly Y: Tensor;
}

/** Two Gaussian clouds of 500 points; the second has deviations from ½ to 2, and a shift in every coordinate. */
function gaussians(d: number, shift: number, seed: number): Case {
  const points = (stream: number): Tensor =>
    random.normal(random.foldIn(random.key(seed), stream), [500, d], { dtype: "f64" });
  const deviations = tensor(
    Array.from({ length: d }, (_, k) => 0.5 + (1.5 * k) / (d - 1)),
    { dtype: "f64" },
  );
  const name = `d = ${d}, ${shift === 0 ? "equal means" : "shifted means"}`;
  return { name, X: points(0), Y: points(1).mul(deviations).add(shift) };
}

/** The mean-squared error of an estimate from so many directions. */
function meanSquaredError(
  { X, Y }: Case,
  exact: number,
  projections: number,
  estimator: Estimator,
  runs: number,
): number {
  let sum = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const { valueP } = slicedWasserstein(X, Y, { projections, estimator, seed });
    sum += (valueP - exact) ** 2;
  }
  return sum / runs;
}

function study({ quick, seed, say }: StudyContext) {
  const runs = quick ? 20 : 400;
  const cases = (quick ? [3] : [3, 10]).flatMap((d) => [
    gaussians(d, 1, seed),
    gaussians(d, 0, seed),
  ]);
  const counts = quick ? [10, 30] : [10, 20, 50, 100];
  return cases.map((which) => {
    say(which.name);
    const exact = slicedWasserstein(which.X, which.Y, {
      projections: quick ? 2000 : 50_000,
      seed: 999_999,
    }).valueP;
    const errors = Object.entries(estimators).map(([name, estimator]) => ({
      name,
      errors: counts.map((L) => meanSquaredError(which, exact, L, estimator, runs)),
    }));
    return { name: which.name, counts, errors };
  });
}

/** How much control variates save. */
export const controlVariateStudy: Study = {
  title: "Sliced distances with control variates",
  method: [
    "The sliced 2-Wasserstein distance between two Gaussian clouds of 500 points is estimated from a few random directions, 400 times. The control variates are the closed-form bounds of the distance between Gaussians with the same moments; the coefficient is fitted by centred least squares.",
  ],
  run(context) {
    const results = study(context);
    const rows = results.flatMap(({ name, counts, errors }) =>
      counts.map((L, k) => {
        const plain = errors[0]?.errors[k] as number;
        return [name, L, plain, ...errors.slice(1).map((e) => (e.errors[k] as number) / plain)];
      }),
    );
    const findings = results.map(({ name, counts, errors }) => {
      const [plain, , , joint] = errors.map((e) => e.errors[0] as number);
      return `${name}, ${counts[0]} directions: both control variates together leave ${((joint as number) / (plain as number)).toPrecision(2)} of the mean-squared error.`;
    });
    return {
      findings,
      tables: [
        {
          caption: "Mean-squared error of Monte Carlo, and that of the others divided by it",
          head: ["clouds", "directions", ...Object.keys(estimators)],
          rows,
        },
      ],
      charts: results.map(({ name, counts, errors }) => ({
        title: name,
        specification: lines({
          values: errors.flatMap((e) =>
            e.errors.map((y, k) => ({ x: counts[k] as number, y, series: e.name })),
          ),
          x: "directions",
          y: "mean-squared error",
          series: Object.keys(estimators),
          log: ["x", "y"],
          points: true,
        }),
      })),
    };
  },
};

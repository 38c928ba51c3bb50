import {
  adagrad,
  adagradNorm,
  adaptiveBatches,
  applyUpdates,
  batchSizeController,
  type GradientTransformation,
  gradientStats,
} from "@x/optim";
import { zeros } from "@x/tensor";
import { lines } from "../plots";
import type { Study } from "../study";
import { figure } from "../table";
import { type LogisticTask, logisticTask, meanLoss, perExampleGradients } from "./logistic-task";

interface Method {
  readonly name: string;
  readonly kind: keyof typeof norms;
  readonly make: (lr: number) => GradientTransformation;
  /** The size of all batches, or the noise that the norm test bears. */
  readonly batch: { readonly fixed: number } | { readonly eta: number };
}

interface Point {
  readonly step: number;
  /** Gradients of single examples up to here. */
  readonly examples: number;
  /** Size of the last batch. */
  readonly batch: number;
  /** Loss on all examples, over the least. */
  readonly gap: number;
}

interface Run {
  readonly lr: number;
  readonly points: readonly Point[];
  readonly seconds: number;
}

/** The gaps that have to be reached; a run ends at the last. */
const targets = [1e-2, 1e-3] as const;

const first = ({ points }: Run, target: number): Point | undefined =>
  points.find(({ gap }) => gap <= target);

/** Where batches come from, and what watches them. */
function batchSource({ batch }: Method, max: number) {
  if ("fixed" in batch) {
    const size = { batchSize: batch.fixed, microBatch: batch.fixed, accumSteps: 1 };
    return { current: () => size, observe: () => undefined };
  }
  return batchSizeController({ eta: batch.eta, initial: 8, max, finitePopulation: true });
}

function run(task: LogisticTask, method: Method, lr: number, maxSteps: number): Run {
  const [count, features] = task.x.shape as readonly [number, number];
  const source = batchSource(method, count);
  const batches = adaptiveBatches({ x: task.x, y: task.y }, source);
  const optimizer = method.make(lr);
  let w = zeros([features], { dtype: "f64" });
  let state = optimizer.init(w);
  let examples = 0;
  let seconds = 0;
  const points: Point[] = [];
  // Fifty passes over the data are far more than the best rates need.
  for (let step = 1; step <= maxSteps && examples < 50 * count; step++) {
    const began = performance.now();
    const { data, size } = batches.next().value;
    const gradients = perExampleGradients(data, w);
    if (size < count) source.observe(gradientStats.fromPerSample(gradients));
    const result = optimizer.update(gradients.mean(0), state, w);
    w = applyUpdates(w, result.updates);
    state = result.state;
    seconds += (performance.now() - began) / 1000;
    examples += size;
    // Looked at ever more rarely, so that looking does not take longer than the run.
    if (step > 50 && step % Math.ceil(step / 50) !== 0) continue;
    const gap = meanLoss(task, w) - task.least;
    points.push({ step, examples, batch: size, gap });
    if (gap <= Math.min(...targets)) break;
  }
  return { lr, points, seconds };
}

/** The run that needs the fewest examples for the last target, or comes closest to it. */
function best(runs: readonly Run[]): Run {
  const target = Math.min(...targets);
  const cost = (r: Run): number => first(r, target)?.examples ?? 1e9 * (1 + lastGap(r));
  return runs.reduce((a, b) => (cost(b) < cost(a) ? b : a));
}

const lastGap = ({ points }: Run): number => points.at(-1)?.gap ?? Number.POSITIVE_INFINITY;

const norms = { AdaGrad: adagrad, "AdaGrad-Norm": adagradNorm } as const;

const methods = (kind: keyof typeof norms, fixed: readonly number[]): readonly Method[] => [
  ...fixed.map((n) => ({ name: `${kind}, ${n}`, kind, make: norms[kind], batch: { fixed: n } })),
  ...[1, 0.5, 0.1].map((eta) => ({
    name: `Ad${kind}, η = ${eta}`,
    kind,
    make: norms[kind],
    batch: { eta },
  })),
];

/** AdAdaGrad and AdAdaGradNorm against fixed batches. */
export const adaAdaGradStudy: Study = {
  title: "Batches that grow by themselves: AdAdaGrad against fixed batches",
  method: [
    "Logistic regression on 4000 examples with 20 features whose labels are drawn by a logistic model. Batches begin with 8 examples; whenever the norm test fails (variance of the batch's gradient above η² times its squared norm), the next batch is the smallest that would have passed.",
    "Every method has its rate chosen from a grid (0.1, 0.3, 1, 3 for AdaGrad; 0.3, 1, 3, 10 for AdaGrad-Norm) by the examples that it needs for the last target. Costs are gradients of single examples, steps, and seconds of the steps alone, uncompiled, as every size of a batch would be compiled anew; reaching a gap means that the loss on all examples is at most that much over the least loss, which Newton's method finds.",
  ],
  run({ quick, say, seed }) {
    const task = quick ? logisticTask(seed, 400, 5) : logisticTask(seed, 4000, 20);
    const count = task.x.shape[0] as number;
    const grid = { AdaGrad: [0.1, 0.3, 1, 3], "AdaGrad-Norm": [0.3, 1, 3, 10] };
    const fixed = [8, 64, count];
    const all = [...methods("AdaGrad", [8, 64, 512, count]), ...methods("AdaGrad-Norm", fixed)];
    const chosen = quick ? all.filter((_, i) => i % 3 === 0) : all;
    const runs = chosen.map((method) => {
      say(method.name);
      return {
        name: method.name,
        ...best(
          (quick ? [1] : grid[method.kind]).map((lr) => run(task, method, lr, quick ? 60 : 1500)),
        ),
      };
    });
    const growing = runs.filter(({ name }) => name.includes("η"));
    const shown = runs.filter(({ name }) => !name.includes("Norm"));
    const values = (
      some: readonly (Run & { name: string })[],
      x: "step" | "examples",
      y: "batch" | "gap",
    ) =>
      some.flatMap(({ name, points }) =>
        points.map((point) => ({ x: point[x], y: Math.max(point[y], 1e-9), series: name })),
      );
    const names = (some: readonly { name: string }[]): string[] => some.map(({ name }) => name);
    return {
      findings: findings(runs),
      tables: [
        {
          caption: "Best rate of each method; – where the gap was not reached",
          head: [
            "method",
            "rate",
            ...targets.flatMap((t) => [`examples to ${t}`, `steps to ${t}`]),
            "last batch",
            "seconds",
          ],
          rows: runs.map((r) => [
            r.name,
            r.lr,
            ...targets.flatMap((t) => [
              first(r, t)?.examples ?? Number.NaN,
              first(r, t)?.step ?? Number.NaN,
            ]),
            r.points.at(-1)?.batch ?? Number.NaN,
            r.seconds,
          ]),
        },
      ],
      charts: [
        {
          title: "Batches grow as gradients become noisy",
          specification: lines({
            values: values(growing, "step", "batch"),
            series: names(growing),
            x: "step",
            y: "batch size",
            log: ["x", "y"],
          }),
        },
        {
          title: "Gap by gradients of single examples",
          specification: lines({
            values: values(shown, "examples", "gap"),
            series: names(shown),
            x: "examples",
            y: "loss over the least",
            log: ["x", "y"],
            target: Math.min(...targets),
          }),
        },
        {
          title: "Gap by steps",
          specification: lines({
            values: values(shown, "step", "gap"),
            series: names(shown),
            x: "step",
            y: "loss over the least",
            log: ["x", "y"],
            target: Math.min(...targets),
          }),
        },
      ],
    };
  },
};

/** What the runs cost, in words: the cheapest of either kind by examples and by steps. */
function findings(runs: readonly (Run & { readonly name: string })[]): string[] {
  const target = Math.min(...targets);
  const cheapest = (grows: boolean, by: "examples" | "step" | "seconds"): string => {
    const done = runs
      .filter(({ name }) => name.includes("η") === grows)
      .flatMap((r) => {
        const point = first(r, target);
        return point === undefined
          ? []
          : [{ name: r.name, cost: by === "seconds" ? r.seconds : point[by] }];
      })
      .sort((a, b) => a.cost - b.cost)[0];
    return done === undefined ? "none" : `${figure(done.cost)} (${done.name})`;
  };
  return [
    `Fewest gradients of examples to a gap of ${target}: ${cheapest(false, "examples")} with fixed batches, ${cheapest(true, "examples")} with growing ones. Fewest steps: ${cheapest(false, "step")} against ${cheapest(true, "step")}. Fewest seconds: ${cheapest(false, "seconds")} against ${cheapest(true, "seconds")}.`,
  ];
}

import { elrLoss } from "@x/optim";
import { arange, jit, random, type Tensor, valueAndGradWithAux, zeros } from "@x/tensor";
import { lines } from "../plots";
import type { Study } from "../study";

const noise = 0.4;

/** Two Gaussian classes, 4 apart on one of many axes; some training labels are of the other class. */
function noisyTask(seed: number, n: number, d: number) {
  const [forTrain, forTest, forFlips] = random.split(random.key(seed), 3) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const classes = arange(n, { dtype: "i32" }).mod(2);
  const flips = random.bernoulli(forFlips, [n], { p: noise });
  const shift = classes.cast("f32").mul(4).sub(2).expandDims(-1);
  const axis = arange(d).equal(0).cast("f32");
  const draw = (key: Tensor): Tensor =>
    random.normal(key, [n, d], { std: 0.35 }).add(shift.mul(axis));
  const given = flips.where(classes.neg().add(1), classes).cast("i32");
  return { classes, flips, given, train: draw(forTrain), test: draw(forTest) };
}

interface Run {
  readonly curve: readonly { readonly step: number; readonly accuracy: number }[];
  /** Share of the flipped training examples that are given their wrong label. */
  readonly memorised: number;
}

/** Full-batch gradient descent on a linear softmax classifier; λ = 0 is cross-entropy. */
function fit(task: ReturnType<typeof noisyTask>, lambda: number, steps: number): Run {
  const [n, d] = task.train.shape as readonly [number, number];
  const elr = elrLoss({ numExamples: n, numClasses: 2, lambda });
  const indices = arange(n, { dtype: "i32" });
  const step = jit((w: Tensor, targets: Tensor) => {
    const [[, next], slope] = valueAndGradWithAux((v: Tensor) => {
      const { loss, state } = elr.loss(task.train.matmul(v), task.given, indices, targets);
      return [loss, state] as const;
    })(w);
    return { w: w.sub(slope.mul(0.05)), targets: next };
  });
  const right = (data: Tensor, w: Tensor): Tensor =>
    data.matmul(w).argmax(-1).equal(task.classes).cast("f32");
  let at = { w: zeros([d, 2]), targets: elr.init() };
  const curve = [];
  for (let i = 1; i <= steps; i++) {
    at = step(at.w, at.targets);
    if (i % 20 === 0 || i === steps) {
      curve.push({ step: i, accuracy: right(task.test, at.w).mean().item() });
    }
  }
  const flipped = task.flips.cast("f32");
  const kept = right(task.train, at.w).mul(flipped).sum().div(flipped.sum()).item();
  return { curve, memorised: 1 - kept };
}

const nameOf = (lambda: number): string => (lambda === 0 ? "cross-entropy" : `ELR, λ = ${lambda}`);

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

const lastOf = ({ curve }: Run): number => curve.at(-1)?.accuracy ?? Number.NaN;

/** Early-learning regularisation against cross-entropy where 40 % of the labels are wrong. */
export const elrStudy: Study = {
  title: "Wrong labels: early-learning regularisation against cross-entropy",
  method: [
    "A linear softmax classifier with 600 inputs learns 400 examples of two Gaussian classes by 2000 full gradient steps of rate 0.05, far more than it has data to determine its weights. 40 % of the training labels are those of the other class; test labels are right.",
    "Means over three data sets. “Best” is the best test accuracy on the way, which nobody knows who has no clean labels; “memorised” is the share of flipped training examples that the classifier gives their wrong label in the end.",
  ],
  run({ quick, seed, say }) {
    const seeds = quick ? [seed] : [seed, seed + 1, seed + 2];
    const tasks = seeds.map((s) => (quick ? noisyTask(s, 100, 150) : noisyTask(s, 400, 600)));
    const runs = [0, 1, 3, 7].map((lambda) => {
      say(nameOf(lambda));
      return { lambda, runs: tasks.map((task) => fit(task, lambda, quick ? 300 : 2000)) };
    });
    const final = (lambda: number): number =>
      mean((runs.find((r) => r.lambda === lambda)?.runs ?? []).map(lastOf));
    return {
      findings: [
        `With 40 % wrong labels ELR (λ = 3) ends at ${final(3).toFixed(3)} of the test examples right, cross-entropy at ${final(0).toFixed(3)}: ${(final(3) - final(0)).toFixed(3)} more.`,
      ],
      tables: [
        {
          head: ["loss", "test accuracy", "best", "memorised"],
          rows: runs.map(({ lambda, runs: some }) => [
            nameOf(lambda),
            mean(some.map(lastOf)).toFixed(3),
            mean(some.map(({ curve }) => Math.max(...curve.map((p) => p.accuracy)))).toFixed(3),
            mean(some.map(({ memorised }) => memorised)).toFixed(3),
          ]),
        },
      ],
      charts: [
        {
          title: "Test accuracy, first data set",
          specification: lines({
            values: runs.flatMap(({ lambda, runs: [run] }) =>
              (run?.curve ?? []).map(({ step, accuracy }) => ({
                x: step,
                y: accuracy,
                series: nameOf(lambda),
              })),
            ),
            series: runs.map(({ lambda }) => nameOf(lambda)),
            x: "step",
            y: "right on test examples",
            format: ".0%",
          }),
        },
      ],
    };
  },
};

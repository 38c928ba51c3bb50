import { loss as losses, type MlpParams, mlp } from "@x/nn";
import { adamw, type GradientTransformation, muon } from "@x/optim";
import { jit, random, type Tensor } from "@x/tensor";
import { digitTensors, type Examples, firstExamples } from "../digit-tensors";
import { median } from "../median";
import { lines } from "../plots";
import type { Study, StudyContext, StudyResult } from "../study";
import { figure } from "../table";
import { type RunResult, trainingRun } from "../training-run";

/** What is trained. */
export const net: ReturnType<typeof mlp> = mlp([196, 256, 256, 10]);
const usualBatch = 512;
const weightDecay = 0.01;
/** Training images that the loss is taken on. */
const judgedExamples = 1000;

/** One rate serves both: `matchRms` brings Muon's steps to the size of AdamW's. */
export const optimizers: Readonly<Record<string, (lr: number) => GradientTransformation>> = {
  AdamW: (lr) => adamw(lr, { weightDecay }),
  Muon: (lr) =>
    muon({
      lr,
      weightDecay,
      shapeScale: "matchRms",
      // The layer that gives the answers is no hidden one; names alone do not tell.
      labels: (path, param) =>
        param.shape.length === 2 && path.join(".") !== "layers.2.weight" ? "muon" : "adam",
      fallback: { lr, weightDecay },
    }),
};

/** What is tried: the grid is the same for both. */
export interface Grid {
  readonly rates: readonly number[];
  readonly seeds: number;
  readonly maxSteps: number;
  /** Training loss to be reached. */
  readonly target: number;
  readonly examples: number;
}

const full: Grid = {
  rates: [3e-3, 1e-2, 3e-2, 1e-1],
  seeds: 3,
  maxSteps: 150,
  target: 0.05,
  examples: 8000,
};

const quick: Grid = { rates: [1e-3, 1e-2], seeds: 1, maxSteps: 40, target: 0.5, examples: 1024 };

/** All runs of an optimiser with a rate. */
export interface Setting {
  readonly optimizer: string;
  readonly lr: number;
  readonly runs: readonly RunResult[];
  /** Median over the seeds; Infinity where the target was not reached. */
  readonly steps: number;
}

/** What a run of the grid needs besides grid and data. */
export interface GridContext extends Pick<StudyContext, "seed" | "say"> {
  /** Default 512. */
  readonly batchSize?: number;
}

/** Every setting of the grid. */
export async function runGrid(
  grid: Grid,
  data: Examples,
  { seed, say, batchSize = usualBatch }: GridContext,
): Promise<readonly Setting[]> {
  const flat = ({ x, y }: Examples): Examples => ({ x: x.reshape([x.shape[0] as number, 196]), y });
  const examples = flat(data);
  const loss = (params: MlpParams, { x, y }: Examples): Tensor =>
    losses.crossEntropy(net.apply(params, x), y);
  const judged = firstExamples(examples, judgedExamples);
  const judge = jit((params: MlpParams) => loss(params, judged));
  const settings: Setting[] = [];
  for (const [optimizer, make] of Object.entries(optimizers)) {
    for (const lr of grid.rates) {
      const runs: RunResult[] = [];
      for (let i = 0; i < grid.seeds; i++) {
        const key = random.key(seed + i);
        const run = await trainingRun({
          params: net.init(key),
          loss,
          optimizer: make(lr),
          data: examples,
          batchSize,
          judge: (params) => judge(params).item(),
          every: 5,
          target: grid.target,
          maxSteps: grid.maxSteps,
          seed: seed + i,
        });
        runs.push(run);
      }
      const steps = median(runs.map(({ stepsToTarget }) => stepsToTarget));
      settings.push({ optimizer, lr, runs, steps });
      say(`${optimizer}, rate ${lr}: ${stepsText(steps)} steps`);
    }
  }
  return settings;
}

const stepsText = (steps: number): string => (steps === Infinity ? "no end of" : steps.toFixed(0));

/** The setting that reached the target in the fewest steps. */
export const best = (settings: readonly Setting[], optimizer: string): Setting =>
  settings
    .filter((setting) => setting.optimizer === optimizer)
    .reduce((a, b) => (b.steps < a.steps ? b : a));

function summary(settings: readonly Setting[], { target, rates, seeds }: Grid): StudyResult {
  const [ours, baseline] = [best(settings, "Muon"), best(settings, "AdamW")];
  // A step costs the same at every rate, and the shortest bears a load that comes and goes.
  const cost = (optimizer: string): number =>
    Math.min(
      ...settings
        .filter((setting) => setting.optimizer === optimizer)
        .flatMap(({ runs }) => runs.map(({ msPerStep }) => msPerStep)),
    );
  const seconds = ({ steps, optimizer }: Setting): number => (steps * cost(optimizer)) / 1000;
  const atEdge = [ours, baseline].filter(({ lr }) => lr === rates[0] || lr === rates.at(-1));
  const edge =
    atEdge.length === 0
      ? "Both best rates lie inside the grid."
      : `The best rate of ${atEdge.map(({ optimizer }) => optimizer).join(" and ")} lies at the edge of the grid: the comparison is not settled.`;
  return {
    findings: [
      `To a training loss of ${target}, Muon takes ${stepsText(ours.steps)} steps at its best rate ${ours.lr} and AdamW ${stepsText(baseline.steps)} at ${baseline.lr}: ${figure(ours.steps / baseline.steps)}× (medians of ${seeds} seeds). ${edge}`,
      `A step of Muon costs ${figure(cost("Muon"))} ms and one of AdamW ${figure(cost("AdamW"))} ms on this machine, so by the clock Muon takes ${figure(seconds(ours))} s and AdamW ${figure(seconds(baseline))} s: ${figure(seconds(ours) / seconds(baseline))}×. Larger batches make the difference of a step smaller.`,
    ],
    tables: [
      {
        head: ["optimiser", "rate", "steps", "fewest", "most", "ms per step", "seconds"],
        rows: settings.map((setting) => {
          const steps = setting.runs.map(({ stepsToTarget }) => stepsToTarget);
          const { optimizer, lr } = setting;
          const counts = [setting.steps, Math.min(...steps), Math.max(...steps)];
          const shown = counts.map((count) => (count === Infinity ? "–" : Math.round(count)));
          const time = setting.steps === Infinity ? "–" : seconds(setting);
          return [optimizer, lr, ...shown, cost(optimizer), time];
        }),
        caption: `Steps to a training loss of ${target}; – where it was not reached`,
      },
    ],
    charts: [
      {
        title: `Steps to a training loss of ${target}`,
        specification: lines({
          values: settings.flatMap(({ optimizer, lr, steps }) =>
            steps === Infinity ? [] : [{ x: lr, y: steps, series: optimizer }],
          ),
          x: "rate",
          y: "steps",
          series: ["Muon", "AdamW"],
          log: ["x", "y"],
          points: true,
        }),
      },
      {
        title: "Training loss at the best rates, one line per seed",
        specification: lines({
          values: [ours, baseline].flatMap(({ optimizer, lr, runs }) =>
            runs.flatMap(({ curve }, i) =>
              curve.map(({ step, loss }) => ({
                x: step,
                y: loss,
                series: `${optimizer}, rate ${lr}`,
                line: i,
              })),
            ),
          ),
          x: "step",
          y: "training loss",
          series: [ours, baseline].map(({ optimizer, lr }) => `${optimizer}, rate ${lr}`),
          log: ["y"],
          target,
        }),
      },
    ],
  };
}

/** Muon against AdamW. */
export const muonVsAdamw: Study = {
  title: "Muon against AdamW: steps to a fixed loss",
  method: [
    `A network 196–256–256–10 with ReLU reads digits of 14×14 pixels (means of 2×2) in batches of ${usualBatch}. Both optimisers are tried with the same rates, weight decay ${weightDecay} and no schedule, from the same initial weights and with the same batches. Muon moves the two hidden matrices; biases and the last layer get AdamW with the same rate, and shapeScale: "matchRms" makes the rates comparable.`,
    `Every 5 steps the loss on ${judgedExamples} training images is taken, outside of the measured time; a run ends when it is below the target. The best rate is the one with the fewest steps, and the time of a step is the shortest that was seen.`,
  ],
  async run(context: StudyContext): Promise<StudyResult> {
    const grid = context.quick ? quick : full;
    const data = digitTensors(context.digits().train, grid.examples, { halve: true });
    return summary(await runGrid(grid, data, context), grid);
  },
};

import type { RptSamplerKind } from "@x/optim";
import { digitTensors } from "../digit-tensors";
import { median } from "../median";
import { lines } from "../plots";
import type { Study, StudyChart, StudyContext, StudyResult, StudyTable } from "../study";
import { figure } from "../table";
import { type BlockNetwork, convNetwork, equalNetwork } from "./block-networks";
import { type DropMuonLimits, type DropMuonRun, dropMuonRunner } from "./drop-muon-run";

type Sampler = (progress: () => number) => RptSamplerKind;

/** Muon is Drop-Muon that never drops. */
const samplers: Readonly<Record<string, (numBlocks: number) => Sampler>> = {
  Muon: (n) => () => ({ kind: "probs", p: Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 0)) }),
  "Drop-Muon, uniform": () => () => ({ kind: "uniform" }),
  "Drop-Muon, epochShift": () => (progress) => ({ kind: "epochShift", progress }),
};

interface Plan extends DropMuonLimits {
  readonly rates: readonly number[];
  readonly seeds: number;
  readonly examples: number;
}

const usual: Omit<Plan, "rates" | "maxSteps"> = {
  seeds: 2,
  examples: 8000,
  batchSize: 128,
  target: 0.95,
  every: 5,
};
const quick: Plan = {
  rates: [1e-2],
  seeds: 1,
  examples: 512,
  batchSize: 64,
  maxSteps: 20,
  target: 0.5,
  every: 5,
};
const convPlan: Plan = { ...usual, rates: [1e-2, 3e-2, 1e-1], maxSteps: 150 };
const equalPlan: Plan = { ...usual, rates: [3e-3, 1e-2, 3e-2], maxSteps: 400 };

/** All runs of a sampler with a rate. */
interface Tried {
  readonly sampler: string;
  readonly lr: number;
  readonly runs: readonly DropMuonRun[];
}

/** Milliseconds of a step by its cut-off, the shortest seen: what it costs when the machine does nothing else. */
export function costs(runs: readonly DropMuonRun[], numBlocks: number): readonly number[] {
  return Array.from({ length: numBlocks }, (_, i) =>
    Math.min(
      ...runs.flatMap(({ cutOffs, times }) =>
        times.filter((ms, at) => cutOffs[at] === i + 1 && !Number.isNaN(ms)),
      ),
    ),
  );
}

/** Seconds that the first `steps` of a run take at the cost of each cut-off. */
export const secondsOf = (
  { cutOffs }: DropMuonRun,
  cost: readonly number[],
  steps: number = cutOffs.length,
): number =>
  cutOffs.slice(0, steps).reduce((sum, cut) => sum + (cost[cut - 1] as number), 0) / 1000;

/** What is compared: median over the seeds, Infinity where one did not reach the target. */
interface Outcome extends Tried {
  readonly steps: number;
  readonly seconds: number;
}

function outcomeOf(tried: Tried, cost: readonly number[]): Outcome {
  const until = (value: (run: DropMuonRun) => number): number =>
    median(tried.runs.map((run) => (run.reached ? value(run) : Infinity)));
  return {
    ...tried,
    steps: until(({ cutOffs }) => cutOffs.length),
    seconds: until((run) => secondsOf(run, cost)),
  };
}

interface NetworkResult {
  readonly finding: string;
  readonly table: StudyTable;
  readonly costRow: readonly (string | number)[];
  readonly chart: StudyChart;
}

function study<P>(network: BlockNetwork<P>, plan: Plan, context: StudyContext): NetworkResult {
  const { halve, name, numBlocks } = network;
  const data = digitTensors(context.digits().train, plan.examples, { halve });
  const run = dropMuonRunner(network, data, plan);
  const tried = Object.entries(samplers).flatMap(([sampler, kind]) =>
    plan.rates.map((lr): Tried => {
      const runs = Array.from({ length: plan.seeds }, (_, i) =>
        run({ sampler: kind(numBlocks), lr, seed: context.seed + i }),
      );
      const taken = runs.map(({ cutOffs, reached }) => (reached ? cutOffs.length : "–"));
      context.say(`${name}: ${sampler}, rate ${lr}: ${taken.join(", ")} steps`);
      return { sampler, lr, runs };
    }),
  );
  const cost = costs(
    tried.flatMap(({ runs }) => runs),
    numBlocks,
  );
  const outcomes = tried.map((each) => outcomeOf(each, cost));
  const best = Object.keys(samplers).map((sampler) =>
    outcomes
      .filter((outcome) => outcome.sampler === sampler)
      .reduce((a, b) => (b.seconds < a.seconds ? b : a)),
  );
  const muon = best[0] as Outcome;
  const shown = (value: number): string | number => (value === Infinity ? "–" : value);
  const verdicts = best.slice(1).map(({ sampler, seconds, steps }) => {
    if (seconds === Infinity) return `${sampler} did not get there`;
    const kind = seconds < muon.seconds ? "less" : "more";
    return `${sampler} takes ${figure(steps / muon.steps)}× the steps and ${figure(seconds / muon.seconds)}× the time (${kind})`;
  });
  return {
    finding: `${name}: Muon reads ${plan.target * 100} % of the training images after ${shown(muon.steps)} steps and ${figure(muon.seconds)} s; ${verdicts.join("; ")}.`,
    table: {
      caption: `${name}: to ${plan.target * 100} % of training images, best rate of ${plan.rates.join(", ")}, medians of ${plan.seeds} seeds`,
      head: ["method", "rate", "steps", "seconds", "time against Muon"],
      rows: best.map(({ sampler, lr, steps, seconds }) => [
        sampler,
        lr,
        shown(steps),
        shown(seconds),
        shown(seconds / muon.seconds),
      ]),
    },
    costRow: [name, ...cost],
    chart: {
      title: name,
      specification: lines({
        values: best.flatMap(({ sampler, runs }) =>
          runs.flatMap((each, line) =>
            each.accuracies.map(({ step, accuracy }) => ({
              x: secondsOf(each, cost, step),
              y: accuracy,
              series: sampler,
              line,
            })),
          ),
        ),
        x: "seconds",
        y: "training accuracy",
        series: Object.keys(samplers),
        format: ".0%",
        target: plan.target,
      }),
    },
  };
}

/** Drop-Muon against Muon. */
export const dropMuonStudy: Study = {
  title: "Drop-Muon against Muon: time to the same accuracy",
  method: [
    "Two networks of five blocks read digits. The conv net works at 28×28 in its first two blocks, so that most of a step is spent there; the other has four layers of 128 units, which cost about the same. Muon is Drop-Muon that never drops, so all runs use the same code, and every method is tried with the same rates, weights and batches.",
    "A step is timed without drawing its batch, judging and compiling. So that the load of the machine does not decide, the seconds of a run are the number of its steps with each cut-off times the shortest time of such a step over all runs. uniform draws every cut-off equally often; epochShift begins with nearly full steps and ends with mostly late blocks.",
  ],
  run(context: StudyContext): StudyResult {
    const results = [
      study(convNetwork, context.quick ? quick : convPlan, context),
      study(equalNetwork, context.quick ? quick : equalPlan, context),
    ];
    return {
      findings: results.map(({ finding }) => finding),
      tables: [
        ...results.map(({ table }) => table),
        {
          caption: "Shortest milliseconds of a step by the first block that moves",
          head: ["network", "1 (all)", "2", "3", "4", "5"],
          rows: results.map(({ costRow }) => costRow),
        },
      ],
      charts: results.map(({ chart }) => chart),
    };
  },
};

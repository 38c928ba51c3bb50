import { type BilevelState, solveBilevel } from "@x/optim";
import type { Tensor } from "@x/tensor";
import { lines } from "../plots";
import type { Study } from "../study";
import { figure } from "../table";
import { type RidgeSolver, type RidgeTask, ridgeTask } from "./ridge-solvers";

interface Point {
  readonly step: number;
  /** Φ over its minimum, as a share of the start's. */
  readonly gap: number;
  readonly products: number;
  readonly gradients: number;
  readonly seconds: number;
}

/** The share of the gap that may be left. */
const target = 1e-3;

interface Run {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Three runs that compute the same. A step takes the least of its three times: the machine has other things to do. */
function follow(task: RidgeTask, { name, steps, make }: RidgeSolver, gapOf: GapOf): Run {
  const solver = make();
  const [first, ...others] = Array.from({ length: 3 }, () => walk(task, solver, steps, gapOf));
  const times = (first as Walk).times.map((time, i) =>
    Math.min(time, ...others.map((other) => other.times[i] as number)),
  );
  let seconds = 0;
  const until = times.map((time) => {
    seconds += time;
    return seconds;
  });
  const points = (first as Walk).points.map((point) => ({
    ...point,
    seconds: until[point.step - 1] as number,
  }));
  return { name, points };
}

interface Walk {
  readonly points: readonly Omit<Point, "seconds">[];
  /** Seconds of each step. */
  readonly times: readonly number[];
}

/** Steps until the target is reached. Looking at Φ costs no time here: it is not what a solver computes. */
function walk(
  task: RidgeTask,
  solver: ReturnType<RidgeSolver["make"]>,
  steps: number,
  gapOf: GapOf,
): Walk {
  let state = solver.init(task.x, task.y);
  const times: number[] = [];
  const points: Omit<Point, "seconds">[] = [];
  for (let step = 1; step <= steps; step++) {
    const began = performance.now();
    state = solver.step(state);
    state.x.dataSync();
    times.push((performance.now() - began) / 1000);
    // The long runs of cheap steps are looked at ever more rarely.
    if (step > 100 && step % Math.ceil(step / 100) !== 0) continue;
    const point = { step, gap: gapOf(state.x), ...work(state) };
    points.push(point);
    if (point.gap <= target || solver.stopped?.(state) !== undefined) break;
  }
  return { points, times };
}

type GapOf = (x: Tensor) => number;

function work({ cost }: BilevelState<Tensor, Tensor>): Pick<Point, "products" | "gradients"> {
  return {
    products: cost.hessianProducts.item() + cost.crossProducts.item(),
    gradients: cost.upperGradients.item() + cost.lowerGradients.item(),
  };
}

/** Φ over its least value; conjugate gradients with many steps find that. */
function gapsOf(task: RidgeTask): GapOf {
  const solver = (task.solvers[0] as RidgeSolver).make();
  const { x } = solveBilevel(solver, task.x, task.y, { iterations: 600 });
  const [least, first] = [task.phi(x), task.phi(task.x)];
  return (at) => (task.phi(at) - least) / (first - least);
}

/** All bilevel solvers on one problem, by what they cost until the same validation loss. */
export const bilevelSolversStudy: Study = {
  title: "Bilevel solvers: what the same validation loss costs",
  method: [
    "Ridge regression with 8 features, 3 of them with signal, and a penalty for each, learned by a validation loss; a prior keeps the penalties of idle features from growing for ever. The lower level has a closed form, so the true value of penalties is known after every step.",
    "finiteDifference puts the identity in place of the inverse Hessian, and the bias of lvHba falls only as k to the power −0.49, so neither is expected to arrive.",
    "Each solver runs until the validation loss is within 0.1 % of the way from the start to its minimum, with one setting that suits the problem, not the best of a grid. Products are those with second derivatives, ∇²_yy g and ∇²_xy g; gradients are those of both levels; seconds are of compiled steps alone, each the shortest of three runs.",
  ],
  run({ quick, seed, say }) {
    const task = ridgeTask(seed);
    const gapOf = gapsOf(task);
    const some = quick
      ? task.solvers.slice(0, 3).map((solver) => ({ ...solver, steps: 20 }))
      : task.solvers;
    const runs = some.map((solver) => {
      say(solver.name);
      return follow(task, solver, gapOf);
    });
    const last = ({ points }: Run): Point => points.at(-1) as Point;
    const done = runs.filter((run) => last(run).gap <= target);
    const missed = runs.filter((run) => last(run).gap > target);
    // Methods without second derivatives are no match in products.
    const least = (by: "products" | "gradients" | "seconds"): string =>
      done
        .filter((run) => last(run)[by] > 0)
        .sort((a, b) => last(a)[by] - last(b)[by])
        .map((run) => `${run.name} (${figure(last(run)[by])})`)[0] ?? "none";
    const values = (x: "products" | "gradients" | "seconds") =>
      runs.flatMap(({ name, points }) =>
        points
          .filter((point) => point[x] > 0)
          .map((point) => ({ x: point[x], y: Math.max(point.gap, 1e-5), series: name })),
      );
    const chart = (x: "products" | "gradients" | "seconds", title: string) => ({
      title,
      specification: lines({
        values: values(x),
        series: runs.map(({ name }) => name),
        x,
        y: "share of the gap that is left",
        log: ["x", "y"],
        target,
      }),
    });
    return {
      findings: [
        `${done.length} of ${runs.length} solvers reach the same validation loss: in the fewest seconds ${least("seconds")}, with the fewest gradients ${least("gradients")}; of those that take products, ${least("products")} needs the fewest.`,
        ...missed.map(
          (run) =>
            `${run.name} has ${(100 * last(run).gap).toPrecision(2)} % of the gap left after ${last(run).step} steps.`,
        ),
      ],
      tables: [
        {
          caption: "Cost until 0.1 % of the gap is left, or to the end of the run",
          head: ["solver", "reached", "steps", "products", "gradients", "seconds", "gap left"],
          rows: runs.map((run) => {
            const { step, products, gradients, seconds, gap } = last(run);
            const reached = gap <= target ? "yes" : "no";
            const left = `${(100 * gap).toPrecision(2)} %`;
            return [run.name, reached, step, products, gradients, seconds, left];
          }),
        },
      ],
      charts: [
        chart("products", "By products with second derivatives"),
        chart("gradients", "By gradients"),
        chart("seconds", "By time"),
      ],
    };
  },
};

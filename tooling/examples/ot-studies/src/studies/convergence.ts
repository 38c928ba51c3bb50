import { type OTResult, sinkhorn, sinkhornNewton } from "@x/ot";
import { lines } from "example-optim-studies/plots";
import type { Study, StudyChart, StudyContext } from "example-optim-studies/study";
import { assignment, clouds, images, type Problem } from "../problems";

const tol = 1e-9;

interface Run {
  readonly solver: string;
  readonly result: OTResult;
  readonly seconds: number;
}

const plainName = "Sinkhorn, plain";
const relaxedName = "Sinkhorn, over-relaxed";
const acceleratedName = "Sinkhorn, Anderson";
const newtonName = "Sinkhorn-Newton-sparse";
const solverNames = [plainName, relaxedName, acceleratedName, newtonName];

/** The same problem by all solvers. */
function solve({ a, b, C, eps }: Problem, maxIterations: number): Run[] {
  const plain = { eps, tol, maxIterations, anneal: false, finish: false, warn: false } as const;
  const solvers: Record<string, () => OTResult> = {
    [plainName]: () => sinkhorn(a, b, C, { ...plain, overrelax: false }),
    [relaxedName]: () => sinkhorn(a, b, C, { ...plain, overrelax: "auto" }),
    [acceleratedName]: () => sinkhorn(a, b, C, plain),
    [newtonName]: () => sinkhornNewton(a, b, C, { eps, tol, warn: false }),
  };
  return Object.entries(solvers).map(([solver, run]) => {
    const began = performance.now();
    const result = run();
    return { solver, result, seconds: (performance.now() - began) / 1000 };
  });
}

/** Errors below rounding are drawn at it, and those right after a change of ε, which mean nothing, at the top. */
const [floor, ceiling] = [1e-16, 10];

const chart = ({ name }: Problem, runs: readonly Run[]): StudyChart => ({
  title: name,
  specification: lines({
    values: runs.flatMap(({ solver, result }) =>
      result.history.map(({ iteration, marginalError }) => ({
        x: Math.max(1, iteration),
        y: Math.min(ceiling, Math.max(floor, marginalError)),
        series: solver,
      })),
    ),
    x: "iterations of any kind",
    y: "marginal error",
    series: solverNames,
    log: ["x", "y"],
    format: ".0e",
    target: tol,
  }),
});

function problems({ quick, seed, digits }: StudyContext): Problem[] {
  if (quick) return [assignment(40, 200, seed), clouds(40, 0.1, seed)];
  const { test } = digits();
  return [
    assignment(500, 1200, seed),
    clouds(400, 0.01, seed),
    images(test, "sqeuclidean", 1200),
    images(test, "cityblock", 1200),
  ];
}

/** Plain iterations against Newton's method. */
export const convergenceStudy: Study = {
  title: "Sinkhorn against Sinkhorn-Newton-sparse",
  method: [
    `Every problem is solved to a marginal error of ${tol} (dashed): by plain Sinkhorn iterations, by over-relaxed ones, by those that Anderson's method accelerates, and by Newton's method from exact potentials or with continuation in ε, sparsified Hessians and Sinkhorn iterations wherever its steps are small. One iteration is one pass of either kind; a Newton step costs several of the others. Plain iterations end after 60 000.`,
    "Small ε and costs without a unique optimal plan are hard for iterations that only rescale rows and columns: their error falls linearly, and slowly.",
  ],
  run(context) {
    const maxIterations = context.quick ? 2000 : 60_000;
    const solved = problems(context).map((problem) => {
      context.say(problem.name);
      return { problem, runs: solve(problem, maxIterations) };
    });
    const rows = solved.flatMap(({ problem, runs }) =>
      runs.map(({ solver, result, seconds }) => [
        problem.name,
        solver,
        result.iterations,
        result.marginalError.toExponential(1),
        seconds,
        result.converged ? "yes" : "no",
      ]),
    );
    const findings = solved.map(({ problem, runs }) => {
      const [plain, newton] = [runs.at(0), runs.at(-1)] as [Run, Run];
      const ratio = Math.round(plain.result.iterations / newton.result.iterations);
      const end = plain.result.converged
        ? ""
        : `, with an error of ${plain.result.marginalError.toExponential(1)} left`;
      return `${problem.name}: ${newton.result.iterations} iterations and ${newton.seconds.toFixed(2)} s by Newton, ${ratio} times as many and ${plain.seconds.toFixed(2)} s by plain Sinkhorn${end}.`;
    });
    return {
      findings,
      tables: [
        {
          head: ["problem", "solver", "iterations", "error", "seconds", "converged"],
          rows,
        },
      ],
      charts: solved.map(({ problem, runs }) => chart(problem, runs)),
    };
  },
};

import { bilevelProblems, boRep, solveBilevel } from "@x/optim";
import { random } from "@x/tensor";
import type { TopLevelSpec } from "vega-lite";
import { lines, plotConfig } from "../plots";
import type { Study } from "../study";

/** How often weights fall into each of twenty bins, for right and for wrong labels. */
const histogram = (
  values: readonly { readonly weight: number; readonly label: string }[],
): TopLevelSpec => ({
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  description: "Learned weights of training examples, by whether their label is right",
  width: 420,
  height: 260,
  config: plotConfig,
  data: { values: [...values] },
  mark: { type: "bar", opacity: 0.75, binSpacing: 1 },
  encoding: {
    x: {
      field: "weight",
      bin: { extent: [0, 1], step: 0.05 },
      title: "learned weight",
      axis: { grid: false },
    },
    y: { aggregate: "count", stack: null, title: "training examples" },
    color: {
      field: "label",
      type: "nominal",
      title: null,
      scale: { domain: ["right label", "wrong label"], range: ["#1b6ca8", "#d8641a"] },
      legend: { orient: "top" },
    },
  },
});

/** BO-REP gives weights to training examples, 40 % of which have wrong labels. */
export const hyperCleaningStudy: Study = {
  title: "Hyper-cleaning: BO-REP finds the wrong labels",
  method: [
    "600 examples of three Gaussian classes with 20 features; 40 % of the labels are those of the next class. The lower level fits a linear classifier to the weighted examples, the upper level chooses the weights so that the classifier does well on 300 examples with right labels. BO-REP takes 300 steps.",
    "Compared with the same classifier, all examples weighted alike. Accuracy is that on 1000 further examples.",
  ],
  run({ quick, seed, say }) {
    const made = bilevelProblems.hyperCleaning(random.key(seed), quick ? { samples: 120 } : {});
    const solver = boRep(made.problem, {
      outerLr: (k) => 1 / Math.sqrt(1 + k / 100),
      innerLr: 0.5,
      vLr: 0.5,
      innerSteps: 5,
    });
    const start = solver.init(made.x, made.y);
    say("300 steps of BO-REP");
    const accuracies = [{ x: 0, y: made.accuracy(start.y), series: "BO-REP" }];
    const { x, y, state } = solveBilevel(solver, made.x, made.y, {
      iterations: quick ? 60 : 300,
      onStep: ({ step, y: now }) => {
        if (step.item() % 10 === 0) {
          accuracies.push({ x: step.item(), y: made.accuracy(now), series: "BO-REP" });
        }
      },
    });
    const weights = Array.from(x.sigmoid().dataSync());
    const wrong = Array.from(made.flipped.dataSync());
    const values = weights.map((weight, i) => ({
      weight,
      label: wrong[i] ? "wrong label" : "right label",
    }));
    const mean = (label: string): number => {
      const some = values.filter((value) => value.label === label);
      return some.reduce((sum, { weight }) => sum + weight, 0) / some.length;
    };
    const found = values.filter(({ weight, label }) => weight < 0.5 === (label === "wrong label"));
    const [before, after] = [made.accuracy(start.y), made.accuracy(y)];
    return {
      findings: [
        `Examples with right labels get a mean weight of ${mean("right label").toFixed(2)}, those with wrong ones ${mean("wrong label").toFixed(2)}; telling them apart at ½ is right for ${((100 * found.length) / values.length).toFixed(0)} %. Test accuracy rises from ${before.toFixed(3)} to ${after.toFixed(3)}.`,
      ],
      tables: [
        {
          head: ["training", "test accuracy", "mean weight, right", "mean weight, wrong"],
          rows: [
            ["all examples alike", before.toFixed(3), "0.50", "0.50"],
            [
              "BO-REP",
              after.toFixed(3),
              mean("right label").toFixed(2),
              mean("wrong label").toFixed(2),
            ],
          ],
          caption: `Cost: ${state.cost.hessianProducts.item()} Hessian products, ${state.cost.upperGradients.item() + state.cost.lowerGradients.item()} gradients`,
        },
      ],
      charts: [
        { title: "Learned weights", specification: histogram(values) },
        {
          title: "Test accuracy on the way",
          specification: lines({
            values: accuracies,
            series: ["BO-REP"],
            x: "step",
            y: "right on test examples",
            format: ".0%",
          }),
        },
      ],
    };
  },
};

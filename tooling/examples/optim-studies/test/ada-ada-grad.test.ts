import { expect, test } from "vitest";
import { adaAdaGradStudy } from "../src/studies/ada-ada-grad";
import { logisticTask, meanLoss, perExampleGradients } from "../src/studies/logistic-task";
import { context } from "./context";

test("the AdAdaGrad study reports growing batches beside fixed ones", async () => {
  const { tables, charts } = await adaAdaGradStudy.run(context);
  const rows = tables[0]?.rows ?? [];
  const row = (start: string) => rows.find(([name]) => String(name).startsWith(start)) ?? [];
  // Columns: method, rate, examples, steps, examples, steps, last batch, seconds.
  expect(row("AdaGrad, 8")[6]).toBe(8);
  expect(row("AdAdaGrad, η")[6]).toBeGreaterThan(8);
  // A batch that grows takes fewer steps than one that stays small.
  expect(row("AdAdaGrad, η")[3]).toBeLessThan(Number(row("AdaGrad, 8")[3]));
  expect(charts).toHaveLength(3);
});

test("the least loss of the logistic task has no gradient, and no weights are below it", () => {
  const task = logisticTask(1, 200, 3);
  const { least, ...data } = task;
  const zero = data.x.at(0).mul(0);
  expect(meanLoss(data, zero)).toBeCloseTo(Math.LN2, 12);
  expect(least).toBeLessThan(Math.LN2);
  // Gradient descent from zero comes close from above, as the loss is convex.
  let w = zero;
  for (let i = 0; i < 2000; i++) w = w.sub(perExampleGradients(data, w).mean(0));
  expect(meanLoss(data, w) - least).toBeGreaterThan(-1e-12);
  expect(meanLoss(data, w) - least).toBeLessThan(1e-8);
});

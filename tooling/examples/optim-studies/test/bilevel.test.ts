import { expect, test } from "vitest";
import { bilevelSolversStudy } from "../src/studies/bilevel-solvers";
import { hyperCleaningStudy } from "../src/studies/hyper-cleaning";
import { tvDenoisingStudy } from "../src/studies/tv-denoising";
import { context } from "./context";

test("the bilevel study counts what solvers need for the same loss", async () => {
  const { tables, charts } = await bilevelSolversStudy.run(context);
  const rows = tables[0]?.rows ?? [];
  expect(rows.map(([name, reached]) => [name, reached])).toEqual([
    ["cg", "yes"],
    ["normalCg", "yes"],
    ["neumann", "yes"],
  ]);
  // A product for each of 30 terms and one with ∇²_xy g in every step.
  const [, , steps, products] = rows[2] ?? [];
  expect(products).toBe(31 * Number(steps));
  // Ten inner steps and one gradient of the upper level.
  expect(rows[0]?.[4]).toBe(11 * Number(rows[0]?.[2]));
  expect(charts).toHaveLength(3);
});

test("the hyper-cleaning study finds wrong labels and gains accuracy", async () => {
  const { tables, charts } = await hyperCleaningStudy.run(context);
  const [alike, learned] = tables[0]?.rows ?? [];
  expect(Number(learned?.[1])).toBeGreaterThan(Number(alike?.[1]));
  expect(Number(learned?.[2])).toBeGreaterThan(2 * Number(learned?.[3]));
  expect(charts).toHaveLength(2);
});

test("the denoising study shows images that are closer to the clean ones", async () => {
  const { tables, images = [] } = await tvDenoisingStudy.run(context);
  const [noisy, , learned] = tables[0]?.rows ?? [];
  expect(Number(learned?.[1])).toBeGreaterThan(Number(noisy?.[1]) + 2);
  // Two images of 8 × 8 with a gap of two columns, three times as large.
  expect(images.map(({ width, pixels }) => [width, pixels.length])).toEqual(
    new Array(3).fill([54, 1296]),
  );
});

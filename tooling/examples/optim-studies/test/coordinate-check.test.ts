import { expect, test } from "vitest";
import { coordinateCheckStudy } from "../src/studies/coordinate-check";
import { context } from "./context";

test("the coordinate check sets the measured powers of width beside the predictions", async () => {
  const { tables, charts } = await coordinateCheckStudy.run(context);
  const rows = tables[0]?.rows ?? [];
  expect(rows.map(([name, , , , prediction]) => [name, prediction])).toEqual([
    ["standard", "unstable, r = -1"],
    ["NTK", "kernel, r = 0.5"],
    ["μP", "learns features, r = 0"],
  ]);
  const power = (i: number): number => Number(rows[i]?.[3]);
  // Two narrow widths are far from the limit of −½ and 0; the order is seen already.
  expect(power(1)).toBeLessThan(power(2) - 0.1);
  expect(charts).toHaveLength(3);
});

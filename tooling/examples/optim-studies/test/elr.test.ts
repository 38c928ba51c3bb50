import { expect, test } from "vitest";
import { elrStudy } from "../src/studies/elr";
import { context } from "./context";

test("the ELR study ends 0.25 above cross-entropy, which memorises wrong labels", async () => {
  const { tables } = await elrStudy.run(context);
  const [crossEntropy, , elr] = tables[0]?.rows ?? [];
  expect(crossEntropy?.[0]).toBe("cross-entropy");
  expect(elr?.[0]).toBe("ELR, λ = 3");
  expect(Number(elr?.[1])).toBeGreaterThan(Number(crossEntropy?.[1]) + 0.25);
  expect(Number(crossEntropy?.[3])).toBeGreaterThan(0.8);
  expect(Number(elr?.[3])).toBeLessThan(0.1);
});

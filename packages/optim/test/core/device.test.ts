import { grad, type Tensor, tensor } from "@x/tensor";
import { expect, test } from "vitest";
import { onEachDevice } from "../../../tensor/test/gpu/devices";
import { adam, Optimizer, serialize, singlePrecision } from "../../src/index";

const loss = (p: { w: Tensor }): Tensor => p.w.sub([1, 2]).square().sum();

onEachDevice("an Optimizer whose parameters live there", (device) => {
  test("steps there in single precision, as it does on the CPU", async () => {
    const walk = (w: Tensor): Optimizer<{ w: Tensor }> => {
      const optimizer = new Optimizer(singlePrecision(adam(0.1)), { w });
      for (let i = 0; i < 20; i++) optimizer.step(grad(loss)(optimizer.params));
      return optimizer;
    };
    const there = walk(tensor([0, 0]).to(device));
    expect(() => there.params.w.dataSync()).toThrow("lives on");
    const [actual, expected] = [
      await there.params.w.data(),
      walk(tensor([0, 0])).params.w.dataSync(),
    ];
    // Twenty steps of length 0.1; roundings of f32 are 1e-7 each.
    for (const [i, v] of [...actual].entries()) {
      expect(Math.abs(v - (expected[i] as number))).toBeLessThan(1e-5);
    }
  });

  test("is refused by serialize, which says how to copy", () => {
    const optimizer = new Optimizer(singlePrecision(adam(0.1)), { w: tensor([0, 0]).to(device) });
    const advice = /^serialize: expected a tensor in the CPU's memory; .*await t\.to\("cpu"\)/;
    expect(() => serialize({ params: optimizer.params })).toThrow(advice);
    expect(() => optimizer.save()).toThrow(advice);
  });
});

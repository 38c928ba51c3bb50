import { jit, tensor } from "@x/tensor";
import { expect, test } from "vitest";
import { adam, skipNonFinite } from "../../src/index";

test("skipNonFinite skips a gradient that is a constant inside jit, while its state is traced", () => {
  const t = skipNonFinite(adam(0.1));
  const params = tensor([1, 2]);
  const step = jit((s: ReturnType<typeof t.init>, good: boolean) =>
    t.update(tensor(good ? [1, 1] : [Number.NaN, 1]), s, params),
  );
  const bad = step(t.init(params), false);
  expect(bad.updates.toArray()).toEqual([0, 0]);
  expect([bad.state.consecutive.item(), bad.state.total.item()]).toEqual([1, 1]);
  const good = step(bad.state, true);
  // Adam's first step has the length of its rate.
  for (const u of good.updates.dataSync()) expect(u).toBeCloseTo(-0.1, 6);
  expect([good.state.consecutive.item(), good.state.total.item()]).toEqual([0, 1]);
});

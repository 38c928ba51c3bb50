import { matmul, random, type Tensor, tensor, tree, zeros } from "@x/tensor";
import { expect, test, vi } from "vitest";
import { onEachDevice } from "../../../tensor/test/gpu/devices";
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  cosineSchedule,
  type GradientTransformation,
  type LossContext,
  skipNonFinite,
  type TrainOptions,
  train,
} from "../../src/index";

// Each program compiles its kernels first, for seconds where a CPU plays the GPU's part and has other work.
vi.setConfig({ testTimeout: 240_000 });

interface Params {
  readonly w: Tensor;
  readonly b: Tensor;
}
interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const truth = tensor([1, -2, 0.5]);
const batch = (step: number): Batch => {
  const x = random.normal(random.key(step), [16, 3]);
  return { x, y: matmul(x, truth).add(0.3) };
};
const loss = ({ w, b }: Params, { x, y }: Batch): Tensor =>
  matmul(x, w).add(b).sub(y).square().mean();

type Options = TrainOptions<Params, Batch, null>;

const options = (more: Partial<Options> = {}): Options => ({
  params: { w: zeros([3]), b: zeros([]) },
  loss,
  optimizer: adam(0.01),
  batch,
  steps: 100,
  ...more,
});

/** Single roundings of f32 apart; Adam's steps of length lr would show a wrong bias correction by 1e-2. */
const close = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, v] of expected.entries()) {
    expect(Math.abs((actual[i] as number) - v)).toBeLessThan(1e-5);
  }
};

const numbers = async ({ w, b }: Params): Promise<number[]> => [
  ...(await w.data()),
  ...(await b.data()),
];

onEachDevice("train", (device) => {
  test.each<[string, () => GradientTransformation]>([
    ["Adam", () => adam(0.01)],
    [
      "clipped AdamW on a schedule",
      () => chain(clipByGlobalNorm(1), adamw(cosineSchedule(0.02, 100))),
    ],
  ])("100 steps of %s follow the CPU's within 1e-5, loss by loss", async (_, make) => {
    const there = await train(options({ optimizer: make(), device }));
    const here = await train(options({ optimizer: make() }));
    close(
      there.history.map((record) => record.loss),
      here.history.map((record) => record.loss),
    );
    close(await numbers(there.params), await numbers(here.params));
  });

  test("a step uploads its batch and downloads its loss, and nothing else", async () => {
    const seen: { uploads: number; downloads: number; cpuSteps: number }[] = [];
    const onRecord = (): void => {
      const { uploads, downloads, cpuSteps } = device.counters;
      seen.push({ uploads, downloads, cpuSteps });
    };
    await train(options({ device, steps: 6, onRecord }));
    for (let i = 2; i < 6; i++) {
      const [before, after] = [seen[i - 1], seen[i]] as [(typeof seen)[0], (typeof seen)[0]];
      expect(after.uploads - before.uploads).toBe(2);
      expect(after.downloads - before.downloads).toBe(1);
      expect(after.cpuSteps - before.cpuSteps).toBe(0);
    }
  });

  test("steps that are not recorded are not waited for", async () => {
    const before = device.counters.downloads;
    await train(options({ device, steps: 12, recordEvery: 5 }));
    // Steps 0, 5, 10 and the last; parameters and state were copied from the CPU.
    expect(device.counters.downloads - before).toBe(4);
  });

  test("goes on from a checkpoint exactly, and from one of the CPU closely", async () => {
    const through = await train(options({ device, steps: 12 }));
    for (const first of [device, undefined]) {
      let bytes = new Uint8Array();
      const save = (saved: Uint8Array): void => {
        bytes = saved as Uint8Array<ArrayBuffer>;
      };
      await train(options({ device: first, steps: 5, checkpoint: { every: 100, save } }));
      const resumed = await train(options({ device, steps: 12, resume: bytes }));
      const [actual, expected] = [await numbers(resumed.params), await numbers(through.params)];
      if (first === device) expect(actual).toEqual(expected);
      close(actual, expected);
      expect(resumed.history.map((r) => r.step)).toEqual(through.history.map((r) => r.step));
    }
  });

  test("parameters may live there before, and stay as they are", async () => {
    const params = tree.map((x: Tensor) => x.to(device), options().params as never) as Params;
    const result = await train(options({ device, params, steps: 3 }));
    expect(await numbers(params)).toEqual([0, 0, 0, 0]);
    const here = await train(options({ params, steps: 3 }));
    close(await numbers(result.params), await numbers(here.params));
  });

  test("records metrics, carries a model's state, and gives losses the keys of the CPU", async () => {
    const run = (on: typeof device | undefined) =>
      train({
        params: options().params,
        optimizer: adam(0.01),
        batch,
        steps: 4,
        device: on,
        modelState: { mean: zeros([]) },
        loss: (p: Params, data: Batch, { key, modelState }: LossContext<{ mean: Tensor }>) => ({
          loss: loss(p, data),
          modelState: { mean: modelState.mean.mul(0.5).add(data.y.mean().mul(0.5)) },
          metrics: { draw: random.uniform(key, []), size: p.w.norm() },
        }),
      });
    const [there, here] = [await run(device), await run(undefined)];
    here.history.forEach(({ metrics }, i) => {
      for (const name of ["draw", "size"]) {
        const difference = (there.history[i]?.metrics[name] as number) - (metrics[name] as number);
        expect(Math.abs(difference)).toBeLessThan(1e-6);
      }
    });
    expect((await there.modelState.mean.data())[0]).toBeCloseTo(here.modelState.mean.item(), 6);
  });

  test("stops by an error when too many gradients in a row are not finite", async () => {
    const bad = (step: number): Batch => ({
      ...batch(step),
      y: tensor(Array(16).fill(step < 2 ? 1 : Number.NaN)),
    });
    const optimizer = skipNonFinite(adam(0.1), { maxConsecutive: 2 });
    const seen: number[] = [];
    const onRecord = ({ step }: { step: number }): void => void seen.push(step);
    await expect(train(options({ optimizer, batch: bad, device, onRecord }))).rejects.toThrow(
      "skipNonFinite: expected at most 2 steps in a row",
    );
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  test("refuses parameters in f64", async () => {
    const params = { w: zeros([3], { dtype: "f64" }), b: zeros([]) };
    await expect(train(options({ params, device, steps: 1 }))).rejects.toThrow("f64");
  });
});

import { matmul, random, type Tensor, tensor, zeros } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  adam,
  lbfgs,
  linearSchedule,
  lookahead,
  sam,
  scheduleFree,
  sgd,
  skipNonFinite,
  sophia,
  type TrainOptions,
  train,
} from "../../src/index";

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
const start = (): Params => ({ w: zeros([3]), b: zeros([]) });
const loss = ({ w, b }: Params, { x, y }: Batch): Tensor =>
  matmul(x, w).add(b).sub(y).square().mean();

const options = (more: Partial<TrainOptions<Params, Batch, null>> = {}) => ({
  params: start(),
  loss,
  optimizer: adam(0.1),
  batch,
  steps: 40,
  ...more,
});
const numbers = (p: Params): number[] => [...p.w.dataSync(), p.b.item()];

describe("train", () => {
  test("finds the coefficients of a linear model and records every loss", async () => {
    const { params, history, end, step } = await train(options({ steps: 300 }));
    [1, -2, 0.5, 0.3].forEach((v, i) => {
      // Noise-free data: Adam with rate 0.1 circles the minimum by far less than that.
      expect(Math.abs((numbers(params)[i] as number) - v)).toBeLessThan(0.01);
    });
    expect([end, step, history.length]).toEqual(["finished", 300, 300]);
    expect(history[0]?.loss).toBeCloseTo(loss(start(), batch(0)).item(), 6);
  });

  test("resumes from a checkpoint exactly, with schedules, momentum and random losses", async () => {
    const noisy = (p: Params, data: Batch, { key }: { key: Tensor }): Tensor =>
      loss({ ...p, w: p.w.add(random.normal(key, [3]).mul(0.1)) }, data);
    const schedule = linearSchedule(0.1, 0.01, 40);
    const settings = { loss: noisy, optimizer: lookahead(adam(schedule)) };
    const through = await train(options(settings));
    let bytes = new Uint8Array();
    const save = (saved: Uint8Array, step: number): void => {
      if (step === 20) bytes = saved as Uint8Array<ArrayBuffer>;
    };
    await train(options({ ...settings, steps: 25, checkpoint: { every: 10, save } }));
    const resumed = await train(options({ ...settings, resume: bytes }));
    expect(numbers(resumed.params)).toEqual(numbers(through.params));
    expect(resumed.history).toEqual(through.history);
  });

  test("gives every step another key, from the seed", async () => {
    const draws = async (seed: number): Promise<(number | undefined)[]> => {
      const { history } = await train({
        ...options({ steps: 3 }),
        seed,
        loss: (p: Params, data: Batch, { key }: { key: Tensor }) => ({
          loss: loss(p, data),
          metrics: { draw: random.uniform(key, []) },
        }),
      });
      return history.map(({ metrics }) => metrics["draw"]);
    };
    const [a, b] = [await draws(0), await draws(1)];
    expect(new Set([...a, ...b]).size).toBe(6);
    expect(await draws(0)).toEqual(a);
  });

  test("trains and resumes large models, whose memory steps take over", async () => {
    const large = (scale: number) => ({
      w: random.normal(random.key(1), [200, 400]).mul(scale),
      b: zeros([]),
    });
    const settings = {
      params: large(1),
      loss: ({ w, b }: Params) => w.square().mean().add(b.square()),
      optimizer: scheduleFree(sgd(100)),
    };
    let bytes = new Uint8Array();
    const save = (saved: Uint8Array): void => {
      bytes = saved as Uint8Array<ArrayBuffer>;
    };
    const through = await train(options({ ...settings, steps: 8 }));
    await train(options({ ...settings, steps: 5, checkpoint: { every: 100, save } }));
    const resumed = await train(options({ ...settings, steps: 8, resume: bytes }));
    expect(resumed.params.w.dataSync()).toEqual(through.params.w.dataSync());
    expect(through.history[7]?.loss).toBeLessThan((through.history[0]?.loss as number) / 1.01);
    expect(settings.params.w.dataSync()).toEqual(large(1).w.dataSync());
  });

  test("stops before the next step when aborted, saving a last checkpoint", async () => {
    const controller = new AbortController();
    const saved: number[] = [];
    const result = await train(
      options({
        signal: controller.signal,
        onRecord: ({ step }) => {
          if (step === 4) controller.abort();
        },
        checkpoint: { every: 100, save: (_, step) => saved.push(step) },
      }),
    );
    expect([result.end, result.step]).toEqual(["aborted", 5]);
    expect(saved).toEqual([5]);
  });

  test("gives the event loop a turn, so that timers can abort it", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const result = await train(
      options({ steps: 10_000_000, recordEvery: 1000, signal: controller.signal }),
    );
    expect(result.end).toBe("aborted");
  });

  test("stops when the callback returns false, and shows it parameters after the step", async () => {
    const seen: number[][] = [];
    const result = await train(
      options({
        onRecord({ step, params }) {
          seen.push(numbers(params));
          return step < 2;
        },
      }),
    );
    expect([result.end, result.step, seen.length]).toEqual(["stopped", 3, 3]);
    expect(seen[2]).toEqual(numbers(result.params));
  });

  test("leaves the parameters that it was given alone", async () => {
    const params = start();
    await train(options({ params }));
    expect(numbers(params)).toEqual([0, 0, 0, 0]);
  });

  test("carries a model's state along and records its metrics", async () => {
    const result = await train({
      params: start(),
      modelState: { mean: zeros([]) },
      loss: (p: Params, data: Batch, { modelState }) => ({
        loss: loss(p, data),
        modelState: { mean: modelState.mean.mul(0.5).add(data.y.mean().mul(0.5)) },
        metrics: { size: p.w.norm() },
      }),
      optimizer: sgd(0.1),
      batch,
      steps: 3,
    });
    const expected = [0, 1, 2].reduce((m, t) => m / 2 + batch(t).y.mean().item() / 2, 0);
    expect(result.modelState.mean.item()).toBeCloseTo(expected, 6);
    expect(result.history[0]?.metrics).toEqual({ size: 0 });
    expect(result.history[2]?.metrics["size"]).toBeGreaterThan(0);
  });

  test("refuses a loss that leaves the model's state behind, unless it returns the same", async () => {
    const state = { mean: tensor(2) };
    const settings = { params: start(), modelState: state, optimizer: sgd(0.1), batch, steps: 2 };
    await expect(train({ ...settings, loss: (p: Params, b: Batch) => loss(p, b) })).rejects.toThrow(
      "train: expected loss to return { loss, modelState }; got no modelState",
    );
    const same = (p: Params, b: Batch, { modelState }: { modelState: typeof state }) => ({
      loss: loss(p, b),
      modelState,
    });
    expect((await train({ ...settings, loss: same })).modelState.mean.item()).toBe(2);
  });

  test("goes on with the seed of the checkpoint, and no other", async () => {
    const noisy = (p: Params, data: Batch, { key }: { key: Tensor }): Tensor =>
      loss({ ...p, w: p.w.add(random.normal(key, [3])) }, data);
    let bytes = new Uint8Array();
    const save = (saved: Uint8Array): void => {
      bytes = saved as Uint8Array<ArrayBuffer>;
    };
    const settings = { loss: noisy, steps: 6 };
    const through = await train(options({ ...settings, seed: 3 }));
    await train(options({ ...settings, seed: 3, steps: 3, checkpoint: { every: 9, save } }));
    for (const seed of [{}, { seed: 3 }]) {
      const resumed = await train(options({ ...settings, ...seed, resume: bytes }));
      expect(numbers(resumed.params)).toEqual(numbers(through.params));
    }
    await expect(train(options({ ...settings, seed: 4, resume: bytes }))).rejects.toThrow(
      "train: expected seed 3, as in resume; got 4",
    );
  });

  test("ends diverged at the first loss that is not finite, and does not save it", async () => {
    const bad = (step: number): Batch => {
      const good = batch(step);
      return step === 3 ? { ...good, y: good.y.mul(Number.NaN) } : good;
    };
    const saved: number[] = [];
    const checkpoint = { every: 2, save: (_: Uint8Array, step: number) => saved.push(step) };
    const result = await train(options({ batch: bad, checkpoint }));
    expect([result.end, result.step, result.history.length, saved]).toEqual([
      "diverged",
      4,
      4,
      [2],
    ]);
    const on = await train(options({ batch: bad, nonFinite: "continue", steps: 6 }));
    expect([on.end, on.step]).toEqual(["finished", 6]);
    // What skips such steps bears them.
    const skipped = await train(
      options({ batch: bad, optimizer: skipNonFinite(adam(0.1)), steps: 6 }),
    );
    expect([skipped.end, skipped.history.map(({ loss }) => Number.isFinite(loss))]).toEqual([
      "finished",
      [true, true, true, false, true, true],
    ]);
  });

  test("offers every optimiser what it asks for, with jit and without", async () => {
    const all = [sam(sgd(0.1)), sophia(0.1), lbfgs({ history: 3 }), scheduleFree(sgd(0.2))];
    for (const optimizer of all) {
      const ways = [true, false].map((jit) =>
        train(options({ optimizer, jit, batch: () => batch(0), steps: 12 })),
      );
      const [inside, outside] = (await Promise.all(ways)).map(({ params, history }) => {
        expect(history[11]?.loss).toBeLessThan((history[0]?.loss as number) / 2);
        return numbers(params);
      }) as [number[], number[]];
      // Orders of operations differ between the two by single roundings of f32, which few steps spread.
      inside.forEach((v, i) => {
        expect(v).toBeCloseTo(outside[i] as number, 3);
      });
    }
  });

  test("stops by an error when too many gradients in a row are not finite", async () => {
    const bad = (step: number): Batch => ({
      ...batch(step),
      y: tensor(Array(16).fill(Number.NaN)),
    });
    const optimizer = skipNonFinite(adam(0.1), { maxConsecutive: 2 });
    await expect(train(options({ optimizer, batch: bad }))).rejects.toThrow(
      "skipNonFinite: expected at most 2 steps in a row",
    );
  });

  test("refuses counts out of range and bytes of something else", async () => {
    await expect(train(options({ steps: -1 }))).rejects.toThrow(
      "train: expected steps to be a whole number ≥ 0",
    );
    await expect(train(options({ recordEvery: 0 }))).rejects.toThrow("train: expected recordEvery");
    const { serialize } = await import("../../src/index");
    await expect(train(options({ resume: serialize({ a: 1 }) }))).rejects.toThrow(
      "train: resume is no checkpoint",
    );
  });
});

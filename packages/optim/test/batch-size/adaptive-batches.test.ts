import { ArgumentError, random, ShapeError, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { adaptiveBatches } from "../../src/batch-size/adaptive-batches";
import { batchSizeController } from "../../src/batch-size/batch-size-controller";
import { gradientStats } from "../../src/batch-size/gradient-stats";

const n = 50;
const data = {
  x: random.normal(random.key(1), [n, 3]),
  y: tensor(Int32Array.from({ length: n }, (_, i) => i)),
};
const sized = (...sizes: number[]) => {
  const next = (): number => sizes.shift() as number;
  return {
    current: () => {
      const batchSize = next();
      return { batchSize, microBatch: 4, accumSteps: Math.ceil(batchSize / 4) };
    },
  };
};

describe("adaptiveBatches", () => {
  it("really changes the batch after the controller has changed its mind", () => {
    const controller = batchSizeController({ initial: 4, max: n, eta: 0.5 });
    const batches = adaptiveBatches(data, controller);
    const sizes: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { data: batch, size } = batches.next().value;
      expect(batch.x.shape).toEqual([size, 3]);
      expect(controller.current().batchSize).toBe(size);
      const { batchSize } = controller.observe(gradientStats.fromPerSample(batch.x));
      sizes.push(size);
      expect(batchSize).toBeGreaterThanOrEqual(size);
    }
    expect(sizes[0]).toBe(4);
    expect(sizes.at(-1)).toBeGreaterThan(4);
  });

  it("hands out the examples of its indices, each once in a pass", () => {
    const batches = adaptiveBatches(data, sized(7, 20, 20, 3, 50));
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { data: batch, indices, epoch, samples } = batches.next().value;
      expect(samples).toBe(seen.length);
      seen.push(...indices);
      expect(batch.y.toArray()).toEqual([...indices]);
      expect(batch.x.toArray()).toEqual(data.x.at(tensor(indices)).toArray());
      expect(epoch).toBe(0);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    const last = batches.next().value;
    expect(last.epoch).toBe(1);
    expect(new Set(last.indices).size).toBe(n);
    expect([...last.indices]).not.toEqual(seen);
  });

  it("begins a new pass when too few examples are left", () => {
    const batches = adaptiveBatches(data, sized(40, 11, 30));
    batches.next();
    expect(batches.next().value).toMatchObject({ epoch: 1, size: 11, samples: 40 });
    expect(batches.next().value).toMatchObject({ epoch: 1, size: 30, samples: 51 });
  });

  it("cuts a batch into micro-batches", () => {
    const batch = adaptiveBatches(data, sized(10)).next().value;
    const parts = batch.micro();
    expect(parts.map(({ y }) => y.shape[0])).toEqual([4, 4, 2]);
    expect(parts.flatMap(({ y }: { y: Tensor }) => y.toArray())).toEqual([...batch.indices]);
  });

  it("goes on from a stored position as if it had not stopped", () => {
    const a = adaptiveBatches(data, sized(30, 15, 20, 20), { key: random.key(5) });
    a.next();
    a.next();
    const stored = JSON.parse(JSON.stringify(a));
    const b = adaptiveBatches(data, sized(20, 20), { key: random.key(5) });
    b.restore(stored);
    for (let i = 0; i < 2; i++) {
      const [x, y] = [a.next().value, b.next().value];
      expect([...y.indices]).toEqual([...x.indices]);
      expect([y.epoch, y.samples]).toEqual([x.epoch, x.samples]);
    }
    expect(() => b.restore({ epoch: -1, position: 0, samples: 0 })).toThrow(ArgumentError);
  });

  it("refuses data of different lengths and batches larger than the data", () => {
    expect(() => adaptiveBatches({ ...data, z: tensor([1, 2]) }, sized(2))).toThrow(ShapeError);
    expect(() => adaptiveBatches({}, sized(2))).toThrow(ArgumentError);
    expect(() => adaptiveBatches(data, sized(51)).next()).toThrow(
      "adaptiveBatches: expected batches of at most 50 examples; the controller asks for 51; lower its max",
    );
  });
});

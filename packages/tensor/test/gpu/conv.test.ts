import { expect, it } from "vitest";
import * as t from "../../src/index";
import { type ConvParams, conv } from "../../src/primitives/conv";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

const uniform = (seed: number, shape: readonly number[]): t.Tensor =>
  t.random.uniform(t.random.key(seed), shape, { low: -0.5, high: 0.5 });

interface Case {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly strides?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly lhsDilation?: readonly number[];
  readonly rhsDilation?: readonly number[];
  readonly groups?: number;
  readonly batchGroups?: number;
}

const parametersOf = ({ w, ...rest }: Case): ConvParams => {
  const spatial = w.slice(2);
  return {
    strides: rest.strides ?? spatial.map(() => 1),
    padding: rest.padding ?? spatial.map(() => [0, 0] as const),
    lhsDilation: rest.lhsDilation ?? spatial.map(() => 1),
    rhsDilation: rest.rhsDilation ?? spatial.map(() => 1),
    groups: rest.groups ?? 1,
    batchGroups: rest.batchGroups ?? 1,
  };
};

const cases: Readonly<Record<string, Case>> = {
  "a line": { x: [2, 3, 17], w: [5, 3, 4] },
  "a line of one element": { x: [1, 1, 1], w: [1, 1, 1] },
  "a strided, spread line with uneven padding": {
    x: [2, 2, 23],
    w: [3, 2, 5],
    strides: [3],
    rhsDilation: [2],
    padding: [[4, 1]],
  },
  "a line with cropped ends": { x: [1, 2, 19], w: [2, 2, 3], padding: [[-3, -2]] },
  "a window longer than what is written in a row": {
    x: [1, 2, 40],
    w: [3, 2, 19],
    padding: [[9, 9]],
  },
  images: { x: [2, 3, 12, 16], w: [8, 3, 3, 3] },
  "padded images whose rows fill no block": {
    x: [3, 2, 7, 7],
    w: [5, 2, 3, 3],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  "strided images": { x: [2, 3, 11, 10], w: [4, 3, 3, 2], strides: [2, 3] },
  "images in groups": { x: [2, 6, 8, 9], w: [9, 2, 3, 3], groups: 3 },
  "images channel by channel": {
    x: [2, 5, 9, 9],
    w: [5, 1, 3, 3],
    groups: 5,
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  "images in batch groups": { x: [6, 2, 6, 7], w: [6, 2, 3, 2], batchGroups: 3 },
  "images under a window of one element": { x: [2, 9, 5, 7], w: [6, 9, 1, 1] },
  "images that a window covers whole": { x: [3, 4, 6, 5], w: [7, 4, 6, 5] },
  "few outputs with long sums": { x: [2, 40, 12, 12], w: [3, 40, 12, 12] },
  "an input with holes": { x: [2, 3, 6, 5], w: [4, 3, 3, 3], lhsDilation: [2, 3] },
  "an input with holes and padding": {
    x: [1, 2, 5, 4],
    w: [3, 2, 4, 3],
    lhsDilation: [3, 2],
    padding: [
      [2, 5],
      [-1, 3],
    ],
  },
  "an input with holes under a spread, strided window": {
    x: [1, 2, 7, 6],
    w: [3, 2, 3, 2],
    lhsDilation: [2, 3],
    rhsDilation: [3, 1],
    strides: [1, 2],
    padding: [
      [3, 2],
      [1, 1],
    ],
  },
  volumes: {
    x: [2, 2, 5, 6, 7],
    w: [3, 2, 2, 3, 3],
    strides: [1, 2, 1],
    padding: [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
  },
  "volumes with holes": { x: [1, 2, 3, 3, 4], w: [2, 2, 2, 3, 2], lhsDilation: [2, 2, 3] },
  "padding alone": { x: [1, 2, 0], w: [3, 2, 2], padding: [[3, 3]] },
  "no channels": { x: [2, 0, 5], w: [3, 0, 2] },
  "no examples": { x: [0, 2, 5], w: [3, 2, 2] },
};

/** Sums of products of at most ¼: half a unit in the last place for each term and its square root of others. */
const bound = { relative: 1e-5, absolute: 2e-5 };

onEachDevice("convolutions", (device) => {
  for (const [title, c] of Object.entries(cases)) {
    const params = parametersOf(c);

    it(`of ${title} are the CPU's`, async () => {
      const [x, w] = [uniform(1, c.x), uniform(2, c.w)];
      const steps = device.counters.cpuSteps;
      const y = conv(x.to(device), w.to(device), params);
      const expected = conv(x, w, params);
      expect(y.shape).toEqual(expected.shape);
      assertClose(await y.to("cpu"), expected, bound);
      expect(device.counters.cpuSteps).toBe(steps);
    });

    it(`of ${title} have the CPU's gradients`, async () => {
      const [x, w] = [uniform(3, c.x), uniform(4, c.w)];
      const weight = uniform(5, conv(x, w, params).shape);
      const f = (x: t.Tensor, w: t.Tensor, weight: t.Tensor): t.Tensor =>
        t.sum(t.mul(conv(x, w, params), weight));
      const gradient = t.grad(f, { argnums: [0, 1] });
      const expected = gradient(x, w, weight);
      const steps = device.counters.cpuSteps;
      const actual = t.jit(gradient, { device })(x, w, weight);
      for (const [i, g] of actual.entries())
        assertClose(await g.to("cpu"), expected[i] as t.Tensor, bound);
      expect(device.counters.cpuSteps).toBe(steps);
    });
  }

  it("read operands that are transposed and reversed where they are", async () => {
    const f = (x: t.Tensor, w: t.Tensor): t.Tensor =>
      t.conv2d(t.transpose(x, [0, 3, 1, 2]), t.flip(w, [2, 3]), { padding: "same" });
    const [x, w] = [uniform(6, [2, 9, 8, 3]), uniform(7, [4, 3, 3, 5])];
    assertClose(await t.jit(f, { device })(x, w).to("cpu"), f(x, w), bound);
  });

  it("of a batch of kernels by vmap are the CPU's", async () => {
    const f = t.vmap((x: t.Tensor, w: t.Tensor) => t.conv2d(x, w, { padding: "same" }));
    const [x, w] = [uniform(8, [3, 2, 2, 6, 6]), uniform(9, [3, 4, 2, 3, 3])];
    assertClose(await t.jit(f, { device })(x, w).to("cpu"), f(x, w), bound);
  });
});

import { grad, jit, random, type Tensor, tensor, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { expect, test } from "vitest";
import { loss } from "../../src/index";

const none = { reduction: "none" } as const;

/** Probability of the labels as the sum over all sequences of classes that collapse to them. */
function byEnumeration(probabilities: number[][], labels: number[], blank: number): number {
  const classes = probabilities[0]?.length ?? 0;
  let total = 0;
  const walk = (t: number, previous: number, seen: number[], p: number): void => {
    if (t === probabilities.length) {
      if (seen.join() === labels.join()) total += p;
      return;
    }
    for (let c = 0; c < classes; c++) {
      const next = c === previous || c === blank ? seen : [...seen, c];
      walk(t + 1, c, next, p * (probabilities[t]?.[c] as number));
    }
  };
  walk(0, -1, [], 1);
  return total;
}

const logits = random.normal(random.key(3), [3, 5, 4], { dtype: "f64" });
const probabilities = logits.softmax(-1).toArray() as number[][][];

test("ctc equals the sum over all alignments", () => {
  const cases = [
    { labels: [1, 2], blank: 0 },
    { labels: [1, 1], blank: 0 },
    { labels: [2, 1, 2], blank: 0 },
    { labels: [0, 0, 1], blank: 3 },
    { labels: [1], blank: 0 },
  ];
  for (const { labels, blank } of cases) {
    const targets = tensor([labels, labels, labels], { dtype: "i32" });
    const expected = probabilities.map((p) => -Math.log(byEnumeration(p, labels, blank)));
    assertClose(loss.ctc(logits, targets, { ...none, blank }), expected);
    const mean = expected.reduce((a, b) => a + b) / (3 * labels.length);
    assertClose(loss.ctc(logits, targets, { blank }), mean);
  }
});

test("ctc looks only at each example's own steps and labels", () => {
  const targets = tensor(
    [
      [1, 2, 3],
      [3, 1, 1],
      [2, 2, 2],
    ],
    { dtype: "i32" },
  );
  const options = { ...none, inputLengths: [5, 3, 4], targetLengths: [3, 1, 0] };
  const expected = [
    byEnumeration(probabilities[0] as number[][], [1, 2, 3], 0),
    byEnumeration((probabilities[1] as number[][]).slice(0, 3), [3], 0),
    byEnumeration((probabilities[2] as number[][]).slice(0, 4), [], 0),
  ].map((p) => -Math.log(p));
  assertClose(loss.ctc(logits, targets, options), expected);
});

test("ctc is infinite where the labels do not fit into the steps, or 0 if asked", () => {
  const targets = [
    [1, 1, 1],
    [1, 2, 3],
    [1, 1, 2],
  ];
  // Three equal labels need five steps, two blanks among them.
  const short = logits.at("...").at([0, 1, 2]).split([4, 1], 1)[0] as Tensor;
  const losses = loss.ctc(short, targets, none).toArray() as number[];
  expect(losses[0]).toBe(Infinity);
  expect(Number.isFinite(losses[1]) && Number.isFinite(losses[2])).toBe(true);
  const zeroed = (z: Tensor): Tensor => loss.ctc(z, targets, { zeroInfinity: true });
  expect(Number.isFinite(zeroed(short).item())).toBe(true);
  expect([...grad(zeroed)(short).dataSync()].every(Number.isFinite)).toBe(true);
});

test("ctc has the right derivatives", () => {
  const targets = tensor(
    [
      [1, 2],
      [3, 3],
      [2, 1],
    ],
    { dtype: "i32" },
  );
  const options = { inputLengths: [5, 4, 5], targetLengths: [2, 2, 1] };
  checkGradients((z: Tensor) => loss.ctc(z, targets, options), [logits], { order: 2 });
});

test("ctc works in jit and vmap", () => {
  const targets = tensor(
    [
      [1, 2],
      [3, 3],
      [2, 1],
    ],
    { dtype: "i32" },
  );
  const expected = loss.ctc(logits, targets, none);
  assertClose(jit((z: Tensor) => loss.ctc(z, targets, none))(logits), expected);
  const one = (z: Tensor, t: Tensor): Tensor =>
    loss.ctc(z.expandDims(0), t.expandDims(0), { reduction: "sum" });
  assertClose(vmap(one)(logits, targets), expected);
});

test("ctc refuses labels, lengths and shapes that do not fit", () => {
  expect(() =>
    loss.ctc(logits, [
      [1, 0],
      [1, 2],
      [1, 2],
    ]),
  ).toThrow(
    "loss.ctc: expected labels from 0 to 3 other than the blank 0; got 0 at position [0, 1]",
  );
  expect(() => loss.ctc(logits, [[1, 2]])).toThrow(
    "loss.ctc: expected logits [batch, time ≥ 1, classes]",
  );
  expect(() => loss.ctc(logits, [[1], [1], [1]], { inputLengths: [1, 2, 9] })).toThrow(
    "loss.ctc: expected inputLengths of shape [3] from 0 to 5; got shape [3] with 9 at position 2",
  );
  expect(() => loss.ctc(logits, tensor([[1], [1], [1]]))).toThrow(
    "loss.ctc: expected integers; got f32",
  );
});

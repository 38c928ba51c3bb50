import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuView } from "../source/view";
import { loopUpTo } from "./loop-up-to";
import { mergeSort, precedes } from "./merge";
import type { Scatter } from "./scatter-add";

/** Updates, or sums of them, that are summed ahead; the tree over 2^24 updates has four levels, which a kernel can read. */
const BRANCH = 32;

/**
 * Sorts the updates by place, so that those of one output follow each other; an output then sums its range.
 *
 * Sums of every 32 sorted updates, of every 32 of these and so on are made first, and an output takes the largest
 * that lie in its range: at most 62 numbers of each level, however unevenly the updates are spread.
 */
export function scatterSorted(s: Scatter): readonly Launch[] {
  const { task, keys, batches, count } = s;
  const order = table(s, "f32", batches, count);
  const sorting = mergeSort(
    task,
    keys,
    { keep: count, descending: false, holds: "places" },
    order,
    (_, place) => place,
  );
  const starts = table(s, "f32", batches, s.size + 1);
  const levels: { readonly view: GpuView; readonly launch: Launch }[] = [];
  for (let n = count; n > BRANCH; n = Math.ceil(n / BRANCH)) {
    levels.push(levelOf(s, order, levels.at(-1)?.view, n));
  }
  return [
    ...sorting,
    startsLaunch(s, order, starts),
    ...levels.map((l) => l.launch),
    sumLaunch(s, order, starts, [undefined, ...levels.map((l) => l.view)]),
  ];
}

/** A fresh table [rows, columns]. */
function table({ task }: Scatter, dtype: GpuView["dtype"], rows: number, columns: number): GpuView {
  const slot = task.temporary(dtype, rows * columns);
  return { slot, dtype, shape: [rows, columns], offset: 0, strides: [columns, 1] };
}

/** For every place, and one past the last, how many sorted updates come before it. */
function startsLaunch(s: Scatter, order: GpuView, starts: GpuView): Launch {
  const { task, keys, batches, count, size } = s;
  const k = new KernelBuilder(task.target, "f32");
  const threads = batches * (size + 1);
  const batch = k.axisIndex(k.x, size + 1, batches, threads);
  const place = k.axisIndex(k.x, 1, size + 1, threads);
  const own = k.let(keys.dtype === "f32" ? place : k.call("pairOfIndex", place));
  const [low, high, j] = ["s", "s", "j"].map((p) => k.name(p)) as [string, string, string];
  k.line(`let ${low} = 0;\nlet ${high} = ${count};`);
  k.line(`for (let ${j} = 0; ${j} < ${Math.ceil(Math.log2(count + 1))}; ${j}++) {`);
  k.line(`if (${low} < ${high}) {`);
  const middle = k.let(`Math.floor((${low} + ${high}) * 0.5)`);
  const at = k.let(k.reader(order, [[0], [1]])(batch, middle));
  const key = k.let(k.reader(keys, [[0], [1]])(batch, at));
  const isBefore = precedes(k, keys.dtype, key, own);
  k.line(`if (${isBefore} > 0.5) { ${low} = ${middle} + 1; } else { ${high} = ${middle}; }\n}\n}`);
  return k.finish(starts.slot, [threads], low);
}

/** How a kernel reads the item at a position of one level: a sorted update, or a sum of the level below. */
function itemReader(
  k: KernelBuilder,
  { updates, groups }: Scatter,
  order: GpuView,
  level: GpuView | undefined,
  { batch, row, column }: { batch: string; row: string; column: string },
): (position: string) => string {
  if (level !== undefined) {
    const read = k.reader(level, [[0], [1], [2]]);
    return (position) => k.let(read(row, position, column));
  }
  const place = k.reader(order, [[0], [1]]);
  const read = k.reader(updates, groups);
  return (position) => k.let(read(row, k.let(place(batch, position)), column));
}

const plus = (k: KernelBuilder, dtype: GpuView["dtype"], a: string, b: string): string =>
  dtype === "f32" ? `${a} + ${b}` : k.call("addPair", a, b);

/** Sums of every 32 of n items. */
function levelOf(
  s: Scatter,
  order: GpuView,
  below: GpuView | undefined,
  n: number,
): { view: GpuView; launch: Launch } {
  const { task, result, outer, batches, inner } = s;
  const { dtype } = result;
  const blocks = Math.ceil(n / BRANCH);
  const threads = outer * blocks * inner;
  const slot = task.temporary(dtype, threads);
  const k = new KernelBuilder(task.target, dtype);
  const axis = (inside: number, length: number): string =>
    k.axisIndex(k.x, inside, length, threads);
  const item = itemReader(k, s, order, below, {
    batch: axis((outer / batches) * blocks * inner, batches),
    row: axis(blocks * inner, outer),
    column: axis(1, inner),
  });
  const first = k.let(`${axis(inner, blocks)} * ${BRANCH}`);
  const [sum, j] = [k.name("s"), k.name("j")];
  k.line(`let ${sum} = ${k.constant(0, dtype)};`);
  k.line(`for (let ${j} = 0; ${j} < ${BRANCH}; ${j}++) {`);
  const ragged = n % BRANCH !== 0;
  if (ragged) k.line(`if (${first} + ${j} < ${n}) {`);
  const value = item(k.let(`${first} + ${j}`));
  k.line(`${sum} = ${plus(k, dtype, sum, value)};\n}${ragged ? "\n}" : ""}`);
  const view = {
    slot,
    dtype,
    shape: [outer, blocks, inner],
    offset: 0,
    strides: [blocks * inner, inner, 1],
  };
  return { view, launch: k.finish(slot, [threads], sum) };
}

/** Sums the range of each output from the largest items that lie in it. */
function sumLaunch(
  s: Scatter,
  order: GpuView,
  starts: GpuView,
  levels: readonly (GpuView | undefined)[],
): Launch {
  const { task, result, outer, batches, inner, size } = s;
  const { dtype } = result;
  const threads = outer * size * inner;
  const k = new KernelBuilder(task.target, dtype);
  const axis = (inside: number, length: number): string =>
    k.axisIndex(k.x, inside, length, threads);
  const batch = axis((outer / batches) * size * inner, batches);
  const place = axis(inner, size);
  const where = { batch, row: axis(size * inner, outer), column: axis(1, inner) };
  const start = k.reader(starts, [[0], [1]]);
  const next = k.define([["i", "Integer"]], "Integer", "return i + 1;");
  let low = k.let(start(batch, place));
  let high = k.let(start(batch, `${next}(${place})`));
  const sum = k.name("s");
  k.line(`let ${sum} = ${k.constant(0, dtype)};`);
  levels.forEach((level, l) => {
    const item = itemReader(k, s, order, level, where);
    const add = (from: string, to: string): void =>
      // A range without a whole block covers less than two.
      loopUpTo(k, 0, k.let(`${to} - ${from}`), 2 * BRANCH, (j) => {
        const value = item(k.let(`${from} + ${j}`));
        k.line(`${sum} = ${plus(k, dtype, sum, value)};`);
      });
    if (l === levels.length - 1) {
      add(low, high);
      return;
    }
    const [up, down] = [
      k.let(`Math.ceil(${low} / ${BRANCH})`),
      k.let(`Math.floor(${high} / ${BRANCH})`),
    ];
    const whole = k.let(`(${up} < ${down} ? 1 : 0)`);
    add(low, k.let(`(${whole} > 0.5 ? ${up} * ${BRANCH} : ${high})`));
    add(k.let(`(${whole} > 0.5 ? ${down} * ${BRANCH} : ${high})`), high);
    low = k.let(`(${whole} > 0.5 ? ${up} : 0)`);
    high = k.let(`(${whole} > 0.5 ? ${down} : 0)`);
  });
  return k.finish(result.slot, [threads], sum);
}

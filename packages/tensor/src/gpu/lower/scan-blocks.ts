import type { DType } from "../../dtype";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import { loopUpTo } from "./loop-up-to";
import type { Task } from "./lowering";

/** An operand with its axes in three groups, of which the second is scanned. */
export interface Along {
  readonly view: GpuView;
  readonly groups: readonly (readonly number[])[];
}

/** What is scanned. */
export interface Scan {
  readonly values: Along;
  /** Factors of a linear recurrence, shaped like the values. */
  readonly factors?: Along;
  /** Text of the running value after one more element. */
  readonly next: (k: KernelBuilder, sum: string, value: string, factor: string) => string;
}

/** Elements of a block; up to twice as many are scanned without blocks. */
const BLOCK = 32;

type Lengths = readonly [outer: number, n: number, inner: number];

/**
 * Running values along an axis: every thread runs through its own block up to its element, from the running value
 * at the end of the block before, and these are the scan of whole blocks, made first in the same way.
 *
 * @param reverse - whether results are written from the end; the operands are turned already
 */
export function scanLaunches(
  task: Task,
  scan: Scan,
  lengths: Lengths,
  result: Pick<GpuResult, "slot" | "dtype">,
  reverse: boolean,
): Launch[] {
  const [outer, n, inner] = lengths;
  if (n <= 2 * BLOCK) return [elements(task, scan, lengths, n, undefined, result, reverse)];
  // The last block, which may be short, is before no other.
  const blocks = Math.ceil(n / BLOCK) - 1;
  const table = (): Along => tableOf(task, result.dtype, [outer, blocks, inner]);
  const values = table();
  const launches = [blockLaunch(task, scan, "values", lengths, values)];
  const factors = scan.factors && table();
  if (factors !== undefined) launches.push(blockLaunch(task, scan, "factors", lengths, factors));
  const ends = table();
  const whole: Scan = {
    values,
    ...(factors && { factors }),
    // A product that overflowed must not spoil what has stayed 0.
    next: (k, sum, value, factor) =>
      factors === undefined
        ? scan.next(k, sum, value, factor)
        : `(${sum} === 0 ? ${value} : ${factor} * ${sum} + ${value})`,
  };
  const { slot, dtype } = ends.view;
  launches.push(...scanLaunches(task, whole, [outer, blocks, inner], { slot, dtype }, false));
  launches.push(elements(task, scan, lengths, BLOCK, ends, result, reverse));
  return launches;
}

/** A fresh intermediate. */
function tableOf(task: Task, dtype: DType, [outer, n, inner]: Lengths): Along {
  const view = {
    slot: task.temporary(dtype, outer * n * inner),
    dtype,
    shape: [outer, n, inner],
    offset: 0,
    strides: [n * inner, inner, 1],
  };
  return { view, groups: [[0], [1], [2]] };
}

/** Place of element j in block b. */
const placeIn = (k: KernelBuilder, length: number): ((b: string, j: string) => string) => {
  const f = k.define(
    [
      ["b", "Integer"],
      ["j", "Integer"],
    ],
    "Integer",
    `return b * ${length} + j;`,
  );
  return (b, j) => `${f}(${b}, ${j})`;
};

/** Running values at the ends of whole blocks, each from its own start; or the products of their factors. */
function blockLaunch(
  task: Task,
  { values, factors, next }: Scan,
  what: "values" | "factors",
  [outer, , inner]: Lengths,
  to: Along,
): Launch {
  const { slot, dtype, shape } = to.view;
  const blocks = shape[1] as number;
  const threads = outer * blocks * inner;
  const k = new KernelBuilder(task.target, dtype);
  const row = k.axisIndex(k.x, blocks * inner, outer, threads);
  const column = k.axisIndex(k.x, 1, inner, threads);
  const block = k.let(k.axisIndex(k.x, inner, blocks, threads));
  const place = placeIn(k, BLOCK);
  const read = ({ view, groups }: Along, j: string): string =>
    k.let(k.reader(view, groups)(row, place(block, j), column));
  const scanned = what === "values" ? values : (factors as Along);
  const [sum, j] = [k.name("s"), k.name("j")];
  k.line(`let ${sum} = ${read(scanned, "0")};`);
  k.line(`for (let ${j} = 1; ${j} < ${BLOCK}; ${j}++) {`);
  const value = read(scanned, j);
  const factor = what === "values" && factors !== undefined ? read(factors, j) : "";
  k.line(`${sum} = ${what === "values" ? next(k, sum, value, factor) : `${sum} * ${value}`};\n}`);
  return k.finish(slot, [threads], sum);
}

/** The running value of every element, from the ends of the blocks before it if there are several. */
function elements(
  task: Task,
  { values, factors, next }: Scan,
  [outer, n, inner]: Lengths,
  length: number,
  ends: Along | undefined,
  { slot, dtype }: Pick<GpuResult, "slot" | "dtype">,
  reverse: boolean,
): Launch {
  const threads = outer * n * inner;
  const k = new KernelBuilder(task.target, dtype);
  const row = k.axisIndex(k.x, n * inner, outer, threads);
  const column = k.axisIndex(k.x, 1, inner, threads);
  const written = k.axisIndex(k.x, inner, n, threads);
  const turned = k.define([["i", "Integer"]], "Integer", `return ${n - 1} - i;`);
  const own = reverse ? `${turned}(${written})` : written;
  const blocks = Math.ceil(n / length);
  const block = k.let(k.axisIndex(own, length, blocks, blocks * length));
  const rank = k.define(
    [
      ["i", "Integer"],
      ["b", "Integer"],
    ],
    "Integer",
    `return i - b * ${length};`,
  );
  const steps = k.let(`${rank}(${own}, ${block})`);
  const place = placeIn(k, length);
  const read = ({ view, groups }: Along, at: string): string =>
    k.let(k.reader(view, groups)(row, at, column));
  const step = (sum: string, j: string, value: string): string =>
    next(k, sum, value, factors === undefined ? "" : read(factors, place(block, j)));
  const sum = k.name("s");
  const first = read(values, place(block, "0"));
  k.line(`let ${sum} = ${first};`);
  // Sums of a block are joined to what came before as one number, which keeps the error small.
  const before = ends && read(ends, `${earlier(k)}(${block})`);
  if (before !== undefined && factors !== undefined) {
    k.line(`if (${block} > 0.5) {`);
    k.line(`${sum} = ${step(before, "0", first)};\n}`);
  }
  const limit = k.let(`${steps} + 1`);
  loopUpTo(k, 1, limit, length, (j) => {
    const value = read(values, place(block, j));
    k.line(`${sum} = ${step(sum, j, value)};`);
  });
  if (before !== undefined && factors === undefined) {
    k.line(`if (${block} > 0.5) {`);
    k.line(`${sum} = ${next(k, before, sum, "")};\n}`);
  }
  return k.finish(slot, [threads], sum);
}

/** The block before, or the first. */
const earlier = (k: KernelBuilder): string =>
  k.define([["b", "Integer"]], "Integer", "if (b < 1) { return 0; }\nreturn b - 1;");

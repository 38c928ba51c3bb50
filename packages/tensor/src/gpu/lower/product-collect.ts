import { contiguousStrides, sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { GpuView } from "../source/view";
import type { Task } from "./lowering";
import type { Digit, ProductPlan } from "./product";

/** Parts of a sum that one kernel adds up; more of them take several. */
const MOST_PARTS = 32;

/** Kernels that add the parts of a product's sums and put the elements of its blocks where they belong. */
export function collectLaunches(
  plan: ProductPlan,
  target: Target,
  from: number,
  result: number,
  temporary: Task["temporary"],
): readonly Launch[] {
  const { product, block, threads } = plan;
  const launches: Launch[] = [];
  const own = threads.filter((d) => d.of !== undefined);
  const area = block.rows * block.columns;
  const size = sizeOf(own.map((d) => d.length)) * area;
  let [slot, parts] = [from, plan.parts];
  while (parts > MOST_PARTS) {
    const each = Math.ceil(Math.sqrt(parts));
    const next = Math.ceil(parts / each);
    const to = temporary("f32", next * size);
    launches.push(addParts(target, slot, to, size, parts, each));
    [slot, parts] = [to, next];
  }
  const steps = contiguousStrides(own.map((d) => d.length));
  /** A digit of the result in what the threads wrote: which block, and which element of it. */
  const pieces = (d: Digit): readonly { length: number; step: number }[] => {
    const i = own.findIndex((t) => t.of === d);
    const { length } = own[i] as Digit;
    const outer = { length, step: (steps[i] as number) * area };
    if (d === product.rows && block.rows > 1)
      return [outer, { length: block.rows, step: block.columns }];
    if (d === product.columns && block.columns > 1)
      return [outer, { length: block.columns, step: 1 }];
    return [outer];
  };
  const groups = product.axes.map(({ digits }) => digits.flatMap(pieces));
  const axes = [{ length: parts, step: size }, ...groups.flat()];
  const view: GpuView = {
    slot,
    dtype: "f32",
    shape: axes.map((a) => a.length),
    offset: 0,
    strides: axes.map((a) => a.step),
  };
  let next = 1;
  const places = groups.map((g) => g.map(() => next++));
  const k = new KernelBuilder(target, "f32");
  const read = k.reader(view, [[0], ...places]);
  const shape = product.axes.map((a) => a.length);
  const inside = contiguousStrides(shape);
  const indices = shape.map((length, i) =>
    k.axisIndex(k.x, inside[i] as number, length, sizeOf(shape)),
  );
  launches.push(
    k.finish(
      result,
      [sizeOf(shape)],
      sumOf(k, parts, (p) => read(p, ...indices)),
    ),
  );
  return launches;
}

/** A sum over `count` elements, written by their number. */
function sumOf(k: KernelBuilder, count: number, element: (index: string) => string): string {
  if (count === 1) return k.let(element("0"));
  const [sum, j] = [k.name("s"), k.name("j")];
  k.line(`let ${sum} = 0;`);
  k.line(`for (let ${j} = 0; ${j} < ${count}; ${j}++) {`);
  k.line(`${sum} = ${sum} + ${k.let(element(j))};`);
  k.line("}");
  return sum;
}

/** Adds up to `each` neighbours of `parts` parts of `size` elements. */
function addParts(
  target: Target,
  from: number,
  to: number,
  size: number,
  parts: number,
  each: number,
): Launch {
  const count = Math.ceil(parts / each);
  const k = new KernelBuilder(target, "f32");
  const view = { slot: from, dtype: "f32", shape: [parts, size], offset: 0, strides: [size, 1] };
  const read = k.reader(view as GpuView, [[0], [1]]);
  const part = k.axisIndex(k.x, size, count, count * size);
  const element = k.axisIndex(k.x, 1, size, count * size);
  const place = k.define(
    [
      ["p", "Integer"],
      ["j", "Integer"],
    ],
    "Integer",
    `return p * ${each} + j;`,
  );
  const [sum, j] = [k.name("s"), k.name("j")];
  k.line(`let ${sum} = 0;`);
  k.line(`for (let ${j} = 0; ${j} < ${each}; ${j}++) {`);
  const ragged = count * each > parts;
  if (ragged) k.line(`if (${place}(${part}, ${j}) < ${parts}) {`);
  k.line(`${sum} = ${sum} + ${k.let(read(`${place}(${part}, ${j})`, element))};`);
  if (ragged) k.line("}");
  k.line("}");
  return k.finish(to, [count * size], sum);
}

import { contiguousStrides, sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";

/** A kernel that copies a view into contiguous memory. */
export function copyLaunch(target: Target, x: GpuView, slot: number): Launch {
  const k = new KernelBuilder(target, x.dtype);
  return k.finish(slot, [sizeOf(x.shape)], k.let(k.reader(x)(k.x)));
}

/** A copy into contiguous memory; also a reshape, as the elements keep their order. */
export const copyLowering: GpuLowering = ({ inputs: [x], outputs: [y], target }) => {
  if ((x as GpuView).dtype === "f64") return undefined;
  return [copyLaunch(target, x as GpuView, (y as GpuResult).slot)];
};

/** Surrounds an operand with copies of a scalar. */
export const padLowering: GpuLowering<{
  readonly padding: readonly (readonly [number, number])[];
}> = ({ inputs: [x, value], outputs: [y], params: { padding }, target }) => {
  const [from, fill, to] = [x as GpuView, value as GpuView, y as GpuResult];
  if (from.dtype === "f64") return undefined;
  const k = new KernelBuilder(target, from.dtype);
  const inner = k.reader({ ...fill, shape: [], strides: [] });
  const outside = k.let(inner(k.x));
  const size = sizeOf(from.shape);
  if (size === 0) return [k.finish(to.slot, [sizeOf(to.shape)], outside)];
  // An element outside reads the nearest one inside and then takes the scalar.
  const axes = to.shape.map((d, i) => {
    const inside = to.shape.slice(i + 1).reduce((n, e) => n * e, 1);
    const [low] = padding[i] as readonly [number, number];
    return {
      place: k.axisIndex(k.x, inside, d, sizeOf(to.shape)),
      low,
      length: from.shape[i] as number,
    };
  });
  const steps = contiguousStrides(from.shape);
  const clamped = axes.map(({ place, low, length }, i) => {
    const name = k.define(
      [["i", "Integer"]],
      "Integer",
      `if (i < ${low}) { return 0; }\nif (i >= ${low + length}) { return ${(length - 1) * (steps[i] as number)}; }\nreturn (i - ${low}) * ${steps[i]};`,
    );
    return `${name}(${place})`;
  });
  const isInside = axes.map(({ place, low, length }) => {
    const name = k.define(
      [["i", "Integer"]],
      "Number",
      `if (i < ${low}) { return 0; }\nif (i >= ${low + length}) { return 0; }\nreturn 1;`,
    );
    return `${name}(${place})`;
  });
  const read = k.reader(from);
  const element = k.let(read(clamped.length === 0 ? "0" : clamped.join(" + ")));
  const mask = k.let(isInside.length === 0 ? "1" : isInside.join(" * "));
  return [k.finish(to.slot, [sizeOf(to.shape)], k.choose(from.dtype, mask, element, outside))];
};

/** Joins operands along an axis: each kernel reads as many as it can, and the pieces are joined in turn. */
export const concatLowering: GpuLowering<{ readonly axis: number }> = (task) => {
  const { outputs, params, target } = task;
  const to = outputs[0] as GpuResult;
  if (to.dtype === "f64") return undefined;
  const launches: Launch[] = [];
  let parts: readonly GpuView[] = task.inputs;
  for (;;) {
    const groups = chunk(parts, target.maxInputs);
    const last = groups.length === 1;
    parts = groups.map((group) => {
      const length = group.reduce((n, x) => n + (x.shape[params.axis] as number), 0);
      const shape = to.shape.map((d, i) => (i === params.axis ? length : d));
      const slot = last ? to.slot : task.temporary(to.dtype, sizeOf(shape));
      launches.push(joinLaunch(target, group, params.axis, shape, slot));
      return { slot, dtype: to.dtype, shape, offset: 0, strides: contiguousStrides(shape) };
    });
    if (last) return launches;
  }
};

const chunk = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );

function joinLaunch(
  target: Target,
  parts: readonly GpuView[],
  axis: number,
  shape: readonly number[],
  slot: number,
): Launch {
  const dtype = (parts[0] as GpuView).dtype;
  const k = new KernelBuilder(target, dtype);
  const size = sizeOf(shape);
  const inside = shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const length = shape[axis] as number;
  const at = k.axisIndex(k.x, inside, length, size);
  const outer = k.axisIndex(k.x, inside * length, size / Math.max(1, inside * length), size);
  const inner = k.axisIndex(k.x, 1, inside, size);
  let from = 0;
  let value: string | undefined;
  for (const part of parts) {
    const d = part.shape[axis] as number;
    if (d === 0) continue;
    const axes = part.shape.map((_, i) => i);
    const read = k.reader(part, [axes.slice(0, axis), [axis], axes.slice(axis + 1)]);
    const place = k.define(
      [["i", "Integer"]],
      "Integer",
      `if (i < ${from}) { return 0; }\nif (i >= ${from + d}) { return ${d - 1}; }\nreturn i - ${from};`,
    );
    const element = k.let(read(outer, `${place}(${at})`, inner));
    const mask = k.define(
      [["i", "Integer"]],
      "Number",
      `if (i < ${from}) { return 0; }\nreturn 1;`,
    );
    value =
      value === undefined ? element : k.let(k.choose(dtype, `${mask}(${at})`, element, value));
    from += d;
  }
  return k.finish(slot, [size], value ?? k.constant(0, dtype));
}

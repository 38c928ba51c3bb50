import type { PoolParams } from "../../primitives/pool";
import { contiguousStrides, type Shape, sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { eachCover, eachTap, windowAxes } from "./window-text";

/** Index of a thread's result: over the leading axes as one, and along each spatial axis. */
function indicesOf(k: KernelBuilder, shape: Shape, spatial: number): [outer: string, at: string[]] {
  const size = sizeOf(shape);
  const lead = shape.length - spatial;
  const steps = contiguousStrides(shape);
  const inner = sizeOf(shape.slice(lead));
  const keep = (text: string): string => (text === "0" ? text : k.let(text));
  const outer = k.axisIndex(k.x, inner, size / inner, size);
  const at = shape
    .slice(lead)
    .map((d, i) => keep(k.axisIndex(k.x, steps[lead + i] as number, d, size)));
  return [size / inner > 2 ** 24 ? outer : keep(outer), at];
}

/** Reads a view by the index over its leading axes and those along its spatial axes. */
function spatialReader(
  k: KernelBuilder,
  x: GpuView,
  spatial: number,
): (...indices: string[]) => string {
  const axes = x.shape.map((_, i) => i);
  const lead = axes.length - spatial;
  return k.reader(x, [axes.slice(0, lead), ...axes.slice(lead).map((i) => [i])]);
}

/** Whether places along an axis, which kernels keep as floats, could be beyond 2^24. */
const isLong = (x: { readonly shape: Shape }, p: PoolParams): boolean =>
  x.shape.slice(-p.window.length).some((d) => d > 2 ** 22);

/** Sums of windows. */
export const sumPoolLowering: GpuLowering<PoolParams> = ({ inputs, outputs, params, target }) => {
  const [x] = inputs as readonly [GpuView];
  const [y] = outputs as readonly [GpuResult];
  if (y.dtype !== "f32" || isLong(x, params)) return undefined;
  if (sizeOf(y.shape) === 0) return [];
  const k = new KernelBuilder(target, "f32");
  const sum = k.name("s");
  k.line(`let ${sum} = 0;`);
  eachElement(k, x, y, params, (v) => k.line(`${sum} = ${sum} + ${v};`));
  return [k.finish(y.slot, [sizeOf(y.shape)], sum)];
};

/** The transpose of {@link sumPoolLowering}: each element of the input adds up the windows that hold it. */
export const sumPoolTransposeLowering: GpuLowering<PoolParams> = (task) => {
  const [y] = task.inputs as readonly [GpuView];
  const [x] = task.outputs as readonly [GpuResult];
  if (x.dtype !== "f32" || isLong(x, task.params)) return undefined;
  if (sizeOf(x.shape) === 0) return [];
  const spatial = task.params.window.length;
  const k = new KernelBuilder(task.target, "f32");
  const [outer, at] = indicesOf(k, x.shape, spatial);
  const read = spatialReader(k, y, spatial);
  const axes = windowAxes(task.params, x.shape.slice(-spatial), y.shape.slice(-spatial));
  const sum = k.name("s");
  k.line(`let ${sum} = 0;`);
  if (sizeOf(y.shape) > 0)
    eachCover(k, axes, at, (places) =>
      k.line(`${sum} = ${sum} + ${k.let(read(outer, ...places))};`),
    );
  return [k.finish(x.slot, [sizeOf(x.shape)], sum)];
};

/** Maxima of windows, and where they were found; −1 where a window lies wholly in the padding. */
export const maxPoolLowering: GpuLowering<PoolParams> = ({ inputs, outputs, params, target }) => {
  const [x] = inputs as readonly [GpuView];
  const [values, index] = outputs as readonly [GpuResult, GpuResult];
  // Places are found as floats.
  const inside = sizeOf(x.shape.slice(-params.window.length));
  if (values.dtype !== "f32" || inside > 2 ** 24) return undefined;
  if (sizeOf(values.shape) === 0) return [];
  return [maximaLaunch(x, values, params, target), placesLaunch(x, index, params, target)];
};

/** The kernel of the maxima: the first NaN stays. */
function maximaLaunch(x: GpuView, y: GpuResult, params: PoolParams, target: Target): Launch {
  const k = new KernelBuilder(target, y.dtype);
  const best = k.name("s");
  k.line(`let ${best} = ${k.number(Number.NEGATIVE_INFINITY)};`);
  eachElement(k, x, y, params, (v) => k.line(`${best} = ${k.call("larger", best, v)};`));
  return k.finish(y.slot, [sizeOf(y.shape)], best);
}

/** The kernel of the places of the maxima. */
function placesLaunch(x: GpuView, y: GpuResult, params: PoolParams, target: Target): Launch {
  const k = new KernelBuilder(target, y.dtype);
  const input = x.shape.slice(-params.window.length);
  const flat = k.define(
    input.map((_, i) => [`i${i}`, "Integer"] as const),
    "Integer",
    `return ${contiguousStrides(input)
      .map((step, i) => `i${i} * ${step}`)
      .join(" + ")};`,
  );
  // The first element wins ties, and the first NaN everything; −∞ wins where nothing else was met.
  const wins = k.define(
    [
      ["v", "Number"],
      ["best", "Number"],
      ["place", "Number"],
    ],
    "Number",
    `if (place < 0) { return 1; }\nif (v <= best) { return 0; }\nif (${k.call("isNan", "best")} > 0.5) { return 0; }\nreturn 1;`,
  );
  const [best, place] = [k.name("s"), k.name("s")];
  k.line(`let ${best} = 0;`);
  k.line(`let ${place} = -1;`);
  eachElement(k, x, y, params, (v, places) => {
    k.line(`if (${wins}(${v}, ${best}, ${place}) > 0.5) {`);
    k.line(`${best} = ${v};`);
    k.line(`${place} = ${flat}(${places.join(", ")});`);
    k.line("}");
  });
  const found = k.let(`(${place} < 0 ? 0 : 1)`);
  const where = k.let(`Math.max(${place}, 0)`);
  const none = k.constant(-1, y.dtype);
  const some = k.let(k.call("pairOfIndex", where));
  return k.finish(y.slot, [sizeOf(y.shape)], k.choose(y.dtype, found, some, none));
}

/** Writes loops over the elements of the window of a thread's output. */
function eachElement(
  k: KernelBuilder,
  x: GpuView,
  y: GpuResult,
  params: PoolParams,
  body: (value: string, places: readonly string[]) => void,
): void {
  const spatial = params.window.length;
  const [outer, at] = indicesOf(k, y.shape, spatial);
  const read = spatialReader(k, x, spatial);
  const axes = windowAxes(params, x.shape.slice(-spatial), y.shape.slice(-spatial));
  eachTap(k, axes, at, (places) => body(k.let(read(outer, ...places)), places));
}

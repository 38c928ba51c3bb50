import type { PoolParams } from "../../primitives/pool";
import type { KernelBuilder } from "../source/kernel-builder";

/** A spatial axis of a pooling. */
export interface WindowAxis {
  readonly window: number;
  readonly stride: number;
  readonly before: number;
  readonly dilation: number;
  readonly input: number;
  readonly output: number;
}

/** The spatial axes of a pooling between these lengths. */
export const windowAxes = (
  p: PoolParams,
  input: readonly number[],
  output: readonly number[],
): readonly WindowAxis[] =>
  p.window.map((window, i) => ({
    window,
    stride: p.strides[i] as number,
    before: (p.padding[i] as readonly [number, number])[0],
    dilation: p.dilation[i] as number,
    input: input[i] as number,
    output: output[i] as number,
  }));

/** How a loop along one axis finds its places, as statements in integers: the index `i` and the loop's `j`. */
interface Loop {
  readonly count: number;
  /** Body of a function of (i, j) that returns the place. */
  readonly place: string;
  /** Conditions on (i, j, p), p the place, under which there is nothing at it. */
  readonly outside: readonly string[];
}

const indices = [
  ["i", "Integer"],
  ["j", "Integer"],
] as const;

/**
 * Writes loops over the elements of the window of one output, in order.
 *
 * @param at - the output's index along each axis
 * @param body - called once with the element's index along each axis
 */
export const eachTap = (
  k: KernelBuilder,
  axes: readonly WindowAxis[],
  at: readonly string[],
  body: (places: readonly string[]) => void,
): void => nest(k, at, body, axes.map(tapLoop));

function tapLoop({ window, stride, before, dilation, input, output }: WindowAxis): Loop {
  const last = (output - 1) * stride + (window - 1) * dilation - before;
  return {
    count: window,
    place: `return i * ${stride} + j * ${dilation} - ${before};`,
    outside: [...(before > 0 ? ["p < 0"] : []), ...(last < input ? [] : [`p >= ${input}`])],
  };
}

/**
 * Writes loops over the outputs whose windows hold one element of the input.
 *
 * @param at - the element's index along each axis
 * @param body - called once with the output's index along each axis
 */
export const eachCover = (
  k: KernelBuilder,
  axes: readonly WindowAxis[],
  at: readonly string[],
  body: (places: readonly string[]) => void,
): void =>
  nest(
    k,
    at,
    body,
    axes.map((axis) => coverLoop(k, axis)),
  );

function coverLoop(k: KernelBuilder, axis: WindowAxis): Loop {
  const { window, stride, before, dilation, input, output } = axis;
  const size = input + before + 1;
  const quotient = k.define(
    [["i", "Integer"]],
    "Integer",
    `return ${k.axisIndex("i", stride, size, size)};`,
  );
  if (dilation > 1) {
    const start = k.define(indices, "Integer", `return i + ${before} - j * ${dilation};`);
    return {
      count: window,
      place: `if (${start}(i, j) < 0) { return -1; }\nreturn ${quotient}(${start}(i, j));`,
      outside: ["p < 0", `p >= ${output}`, `${start}(i, j) - p * ${stride} > 0`],
    };
  }
  // The last window that begins at or before the element, and those before it.
  const count = Math.ceil(window / stride);
  const beyond = Math.floor((input - 1 + before) / stride) >= output;
  return {
    count,
    place: `return ${quotient}(i + ${before}) - j;`,
    outside: [
      ...(count > 1 ? ["p < 0"] : []),
      ...(beyond ? [`p >= ${output}`] : []),
      ...(window % stride === 0 ? [] : [`i + ${before} - p * ${stride} >= ${window}`]),
    ],
  };
}

function nest(
  k: KernelBuilder,
  at: readonly string[],
  body: (places: readonly string[]) => void,
  loops: readonly Loop[],
): void {
  let open = 0;
  const places = loops.map(({ count, place, outside }, i) => {
    const j = count === 1 ? "0" : k.name("j");
    if (count !== 1) {
      k.line(`for (let ${j} = 0; ${j} < ${count}; ${j}++) {`);
      open++;
    }
    const p = k.let(`${k.define(indices, "Integer", place)}(${at[i]}, ${j})`);
    if (outside.length > 0) {
      const lines = outside.map((condition) => `if (${condition}) { return 0; }\n`);
      const inside = k.define(
        [...indices, ["p", "Integer"]],
        "Number",
        `${lines.join("")}return 1;`,
      );
      k.line(`if (${inside}(${at[i]}, ${j}, ${p}) > 0.5) {`);
      open++;
    }
    return p;
  });
  body(places);
  for (; open > 0; open--) k.line("}");
}

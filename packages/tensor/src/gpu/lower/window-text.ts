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

const pair = [
  ["i", "Integer"],
  ["j", "Integer"],
] as const;

/**
 * Writes loops over the elements of the window of one output, in order.
 *
 * @param at - the output's index along each axis
 * @param body - called once with the element's index along each axis
 */
export function eachTap(
  k: KernelBuilder,
  axes: readonly WindowAxis[],
  at: readonly string[],
  body: (places: readonly string[]) => void,
): void {
  nest(
    k,
    axes,
    body,
    ({ window, stride, before, dilation, input, output }, i, j) => {
      const place = k.define(
        pair,
        "Integer",
        `return i * ${stride} + j * ${dilation} - ${before};`,
      );
      const last = (output - 1) * stride + (window - 1) * dilation - before;
      return {
        place: `${place}(${at[i]}, ${j})`,
        inside: before <= 0 && last < input ? undefined : within(k, `${place}(i, j)`, input),
        index: at[i] as string,
      };
    },
    ({ window }) => window,
  );
}

/**
 * Writes loops over the outputs whose windows hold one element of the input.
 *
 * @param at - the element's index along each axis
 * @param body - called once with the output's index along each axis
 */
export function eachCover(
  k: KernelBuilder,
  axes: readonly WindowAxis[],
  at: readonly string[],
  body: (places: readonly string[]) => void,
): void {
  nest(
    k,
    axes,
    body,
    (axis, i, j) => {
      const { window, stride, before, dilation, input, output } = axis;
      const size = input + before + 1;
      const quotient = k.define(
        [["i", "Integer"]],
        "Integer",
        `return ${k.axisIndex("i", stride, size, size)};`,
      );
      const index = at[i] as string;
      if (dilation === 1) {
        // The last window that begins at or before the element, and those before it.
        const place = k.define(pair, "Integer", `return ${quotient}(i + ${before}) - j;`);
        const overlap = `if (i + ${before} - ${place}(i, j) * ${stride} >= ${window}) { return 0; }\n`;
        return {
          place: `${place}(${index}, ${j})`,
          inside: within(k, `${place}(i, j)`, output, overlap),
          index,
        };
      }
      const start = k.define(pair, "Integer", `return i + ${before} - j * ${dilation};`);
      const place = k.define(
        pair,
        "Integer",
        `if (${start}(i, j) < 0) { return -1; }\nreturn ${quotient}(${start}(i, j));`,
      );
      const exact = `if (${start}(i, j) - ${place}(i, j) * ${stride} > 0) { return 0; }\n`;
      return {
        place: `${place}(${index}, ${j})`,
        inside: within(k, `${place}(i, j)`, output, exact),
        index,
      };
    },
    ({ window, stride, dilation }) => (dilation === 1 ? Math.ceil(window / stride) : window),
  );
}

/** A helper of (i, j) that tells whether a place lies on an axis. */
const within = (k: KernelBuilder, place: string, length: number, also = ""): string =>
  k.define(
    pair,
    "Number",
    `if (${place} < 0) { return 0; }\nif (${place} >= ${length}) { return 0; }\n${also}return 1;`,
  );

function nest(
  k: KernelBuilder,
  axes: readonly WindowAxis[],
  body: (places: readonly string[]) => void,
  step: (
    axis: WindowAxis,
    i: number,
    j: string,
  ) => { readonly place: string; readonly inside: string | undefined; readonly index: string },
  count: (axis: WindowAxis) => number,
): void {
  let open = 0;
  const places = axes.map((axis, i) => {
    const n = count(axis);
    const j = n === 1 ? "0" : k.name("j");
    if (n !== 1) {
      k.line(`for (let ${j} = 0; ${j} < ${n}; ${j}++) {`);
      open++;
    }
    const { place, inside, index } = step(axis, i, j);
    if (inside !== undefined) {
      k.line(`if (${inside}(${index}, ${j}) > 0.5) {`);
      open++;
    }
    return place;
  });
  body(places);
  for (; open > 0; open--) k.line("}");
}

import type { TypedArray } from "../dtype";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import { reshape } from "../primitives/movement";
import { type Shape, sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { checkKey } from "./key";
import { spread } from "./parameters";
import { Stream } from "./stream";

/** One number from a sequence of random ones and the parameters of its distribution. */
export type DrawElement = (stream: Stream, a: number, b: number) => number;

interface ElementsParams {
  readonly count: number;
}

/**
 * A sampler that computes one element after the other in f64, with as many random numbers as each needs.
 *
 * Rejection methods are exact this way, and also inside jit and vmap; running them on whole arrays until the
 * last element is accepted would repeat all the others.
 *
 * @param draw - checks its parameters, as only here their values are known in any case
 * @param derivative - with respect to the first parameter, from it and the sample; none: constant
 * @returns a function of a key, a shape and parameters (f64, broadcast to the shape) to f64 samples
 */
export function elementSampler(
  name: string,
  draw: DrawElement,
  derivative?: (parameter: Tensor, sample: Tensor) => Tensor,
): (key: Tensor, shape: Shape, ...parameters: readonly Tensor[]) => Tensor {
  const primitive: Primitive<ElementsParams> = {
    name,
    shape: ([key], { count }) => [
      { shape: [...(key as Aval).shape.slice(0, -1), count], dtype: "f64" },
    ],
    batch: batchLeading(),
    host: (arrays, inputs, { count }) => [fill(draw, arrays, inputs, count)],
    ...(derivative && {
      jvp: (primals, tangents, params): JvpResult => {
        const y = bind1(primitive, primals, params);
        const t = tangents[1] ?? null;
        if (t === null) return { primals: [y], tangents: [null] };
        const slope = derivative(spread(primals[1] as Tensor, y.shape), y);
        return { primals: [y], tangents: [spread(t, y.shape).mul(slope)] };
      },
    }),
  };
  return (key, shape, ...parameters) => {
    const count = sizeOf(shape);
    // A parameter that all elements share stays one number.
    const flat = parameters.map((p) =>
      p.size === 1 ? reshape(p, [1]) : reshape(spread(p, shape), [count]),
    );
    return reshape(bind1(primitive, [checkKey(name, key), ...flat], { count }), shape);
  };
}

function fill(
  draw: DrawElement,
  [keys, first, second]: readonly TypedArray[],
  [key, a, b]: readonly Aval[],
  count: number,
): Float64Array {
  const rows = sizeOf((key as Aval).shape) / 2;
  const out = new Float64Array(rows * count);
  const at = (values: TypedArray | undefined, aval: Aval | undefined, row: number, i: number) =>
    values === undefined ? 0 : (values[aval?.shape.at(-1) === 1 ? row : row * count + i] as number);
  const words = keys as TypedArray;
  for (let row = 0; row < rows; row++) {
    const stream = new Stream(words[2 * row] as number, words[2 * row + 1] as number);
    for (let i = 0; i < count; i++) {
      stream.seek(i);
      out[row * count + i] = draw(stream, at(first, a, row, i), at(second, b, row, i));
    }
  }
  return out;
}

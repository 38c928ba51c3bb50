import { ArgumentError, arange, concat, ShapeError, split, stack, type Tensor } from "@x/tensor";
import { checkBetween, checkTensor } from "./internal/check";
import { anglesOf, checkEven } from "./sinusoidal";

/** Options of {@link rope}. */
export interface RopeOptions {
  /** Integers or floats [time]; default 0 … time − 1. */
  readonly positions?: Tensor | undefined;
  /** Which features make a pair: 2i and 2i + 1 (default), or i and i + d/2. Checkpoints differ. */
  readonly layout?: "interleaved" | "halfSplit";
  /** Longest wavelength over 2π; default 10000. */
  readonly base?: number;
}

/**
 * Rotary positions: turns pairs of features by an angle that grows with the position.
 *
 * The pair i at position p turns by p · base^{−2i/d}, so ⟨R_p q, R_r k⟩ depends on p − r only.
 *
 * @param x - queries or keys, [..., time, d], d even
 * @returns the shape of x
 * @throws ArgumentError when d is not even or the layout unknown
 * @throws ShapeError when there is not one position for each time
 * @see Su et al. 2021, eq. 34
 * @example
 * attention(rope(q), rope(k), v, { causal: true })
 */
export function rope(x: Tensor, options: RopeOptions = {}): Tensor {
  const { layout = "interleaved", base = 10000 } = options;
  checkTensor("rope", x);
  const [time, d] = x.shape.slice(-2) as [number, number];
  if (x.shape.length < 2) {
    throw new ShapeError(
      `rope: expected [..., time, features]; got shape [${x.shape.join(", ")}]`,
      {
        shape: x.shape,
      },
    );
  }
  checkEven("rope", d);
  checkBetween("rope", "base", base, 1, Infinity);
  const { positions = arange(time, { dtype: "i32" }) } = options;
  if (positions.shape.length !== 1 || positions.shape[0] !== time) {
    throw new ShapeError(
      `rope: expected positions [${time}], one for each time of [${x.shape.join(", ")}]; got [${positions.shape.join(", ")}]`,
      { positions: positions.shape, shape: x.shape },
    );
  }
  const frequencies = Float64Array.from({ length: d / 2 }, (_, i) => base ** ((-2 * i) / d));
  const angles = anglesOf(positions, frequencies, x.dtype);
  const [cos, sin] = [angles.cos(), angles.sin()];
  const turned = (a: Tensor, b: Tensor): [Tensor, Tensor] => [
    a.mul(cos).sub(b.mul(sin)),
    a.mul(sin).add(b.mul(cos)),
  ];
  if (layout === "halfSplit") {
    const [a, b] = split(x, 2, -1) as [Tensor, Tensor];
    return concat(turned(a, b), -1);
  }
  if (layout !== "interleaved") {
    throw new ArgumentError(
      `rope: expected layout "interleaved" or "halfSplit"; got ${JSON.stringify(layout)}`,
      { layout },
    );
  }
  const pairs = x.reshape([...x.shape.slice(0, -1), d / 2, 2]);
  return stack(turned(pairs.at("...", 0), pairs.at("...", 1)), -1).reshape(x.shape);
}

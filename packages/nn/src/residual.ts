import { ShapeError } from "@x/tensor";
import { type Block, block, type OptionsOf, type ParamsOf, type StatelessPart } from "./block";
import { showShape } from "./internal/as-tensor";
import type { Layer } from "./types";

/**
 * x + layer(x): a layer whose parameters keep their names, and whose output is added to its input.
 *
 * @param layer - a layer without state that keeps the shape
 * @returns a layer of the same shape
 * @throws ShapeError when the layer changes the shape
 * @example
 * const net = residual(linear(4, 4));
 * net.apply(net.init(random.key(0)), ones([2, 4])).shape // [2, 4]
 */
export function residual<const L extends Layer<unknown, unknown>>(
  layer: L,
): Block<StatelessPart, ParamsOf<L>, OptionsOf<L>> {
  const whole = block(layer as Layer<unknown, unknown>, (use, x, options) => {
    const y = use(x, options);
    if (showShape(y.shape) !== showShape(x.shape)) {
      throw new ShapeError(
        `residual: expected a layer that keeps the shape ${showShape(x.shape)}; it returns ${showShape(y.shape)}; add a projection of the input by block`,
        { input: x.shape, output: y.shape },
      );
    }
    return x.add(y);
  });
  return whole as unknown as Block<StatelessPart, ParamsOf<L>, OptionsOf<L>>;
}

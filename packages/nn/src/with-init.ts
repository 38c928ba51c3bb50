import { random, type Tensor, tree } from "@x/tensor";
import type { Initializer } from "./init/draw";
import type { AxisRoles, InitOptions, Layer, StatefulLayer } from "./types";

/**
 * A layer or network that begins with other weights.
 *
 * Every parameter with inputs and outputs is drawn by the initialiser, from a key of its own; biases begin at zero,
 * scales of normalisations as always. Transposed kernels and embeddings, whose inputs come first, are announced to the
 * initialiser by `transposed`.
 *
 * @param layer - with or without state
 * @param initializer - one of `init`, or a function (key, shape, options) → tensor
 * @returns a layer like the first but for `init`
 * @example
 * const net = withInit(linear(8, 4), init.he);
 * net.init(random.key(0)).bias // [0, 0, 0, 0]
 */
export function withInit<
  L extends Layer<unknown, unknown> | StatefulLayer<unknown, unknown, unknown>,
>(layer: L, initializer: Initializer): L {
  const redraw = (key: Tensor, params: unknown, options: InitOptions): unknown => {
    const roles = rolesByName(layer.dims);
    const keys = random.split(key, roles.size);
    const order = new Map([...roles.keys()].map((name, i) => [name, i]));
    return tree.mapWithName(
      (x: Tensor, name: string) => {
        const role = roles.get(name);
        if (role?.in === undefined || role.out === undefined) {
          return /(^|[._])bias/.test(name) ? x.mul(0) : x;
        }
        const transposed = role.in === 0;
        return initializer(keys[order.get(name) as number] as Tensor, x.shape, {
          ...options,
          transposed,
        });
      },
      params as tree.Tree<Tensor>,
    );
  };
  const start = (key: Tensor, options: InitOptions = {}): unknown => {
    const made = layer.init(key, options) as { params?: unknown; state?: unknown };
    const own = random.foldIn(key, 1);
    return made.params !== undefined && made.state !== undefined
      ? { ...made, params: redraw(own, made.params, options) }
      : redraw(own, made, options);
  };
  return { ...layer, init: start };
}

/** Roles by the dotted name of the parameter. */
function rolesByName(dims: unknown, path = ""): Map<string, AxisRoles> {
  if (dims === null || dims === undefined) return new Map();
  const entries = Object.entries(dims);
  const isRole = entries.every(
    ([key, axes]) =>
      (/^(in|out)$/.test(key) && (typeof axes === "number" || isAxes(axes))) ||
      (key === "role" && typeof axes === "string"),
  );
  if (isRole) return new Map([[path, dims as AxisRoles]]);
  const children = entries.map(([key, v]) => rolesByName(v, path === "" ? key : `${path}.${key}`));
  return new Map(children.flatMap((m) => [...m]));
}

const isAxes = (x: unknown): boolean =>
  Array.isArray(x) && x.every((axis) => typeof axis === "number");

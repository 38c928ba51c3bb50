import { lower, random, type Shape, type Tensor, tree, zeros } from "@x/tensor";
import type { BlockCosts, Observation } from "./block";
import { countParameters } from "./count-parameters";
import { multiplyAdds } from "./internal/multiply-adds";
import type { Layer, StatefulLayer } from "./types";

/** What one layer does to its input. */
export interface SummaryRow {
  /** Dotted name; of a network's own products that of the network. */
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** Elements of its parameters; 0 where the layer was already used. */
  readonly parameters: number;
  /** Multiply-adds of matrix products and convolutions in one pass. */
  readonly multiplyAdds: number;
  /** Bytes of its output, which training keeps for the backward pass. */
  readonly activationBytes: number;
}

/** What {@link summary} finds. */
export interface Summary {
  /** In the order of the pass. */
  readonly rows: readonly SummaryRow[];
  /** Elements of all parameters, also those that no row shows. */
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly activationBytes: number;
  /** The same as a table of text. */
  toString(): string;
}

/** Options of {@link summary}. */
export interface SummaryOptions {
  /** Dtype of the input; default "f32". Tokens need "i32". */
  readonly dtype?: Tensor["dtype"] | undefined;
  /** Options of the call, such as `{ time: 0 }` for a U-Net. */
  readonly call?: object | undefined;
}

/**
 * Output shape, parameters, multiply-adds and activation bytes of every layer of a network.
 *
 * Nothing is computed: the network is traced. Products of matrices and convolutions count, where zeros of padding count
 * as elements; sums, normalisations and activations do not. Layers are seen that a `block` applies.
 *
 * @param model - a layer or network, with or without state
 * @param inputShape - with the batch
 * @returns rows and sums; its text is a table
 * @example
 * summary(linear(3, 2), [5, 3]).multiplyAdds // 30
 */
export function summary(
  model: Layer<unknown, unknown> | StatefulLayer<unknown, unknown, unknown>,
  inputShape: Shape,
  options: SummaryOptions = {},
): Summary {
  const { dtype = "f32", call = {} } = options;
  const rows: SummaryRow[] = [];
  const seen = new Set<string>();
  let parameters = 0;
  const observe = (o: Observation): void => {
    const repeated = o.own !== undefined || seen.has(o.name);
    if (o.own === undefined) seen.add(o.name);
    rows.push({
      name: o.name,
      inputShape: o.input.shape,
      outputShape: o.output.shape,
      parameters: repeated ? 0 : countParameters(o.params),
      multiplyAdds: o.own ?? multiplyAdds(o),
      activationBytes: o.own === undefined ? bytesOf(o.output) : 0,
    });
  };
  const pass = (key: Tensor, x: Tensor): Tensor => {
    const made = model.init(key) as { params?: unknown; state?: unknown };
    const stateful = made.params !== undefined && made.state !== undefined;
    const params = stateful ? made.params : made;
    parameters = countParameters(params);
    // A state whose values are known would make powerNorm warn that it has not been trained.
    const zero = key.at(0).mul(0);
    const unknownState = (s: Tensor): Tensor => s.add(zero.cast(s.dtype));
    const state = tree.map(unknownState, (made.state ?? null) as tree.Tree<Tensor>);
    const y = stateful
      ? (model as StatefulLayer<unknown, unknown, object>).apply(params, state, x, {
          train: false,
          ...call,
          observe,
        } as { train: boolean })[0]
      : (model as Layer<unknown, object>).apply(params, x, { ...call, observe });
    const own = (model as BlockCosts).multiplyAdds?.(x, y);
    const whole = { name: "", layer: model, params, input: x, output: y, options: call };
    if (!("parts" in model)) observe(whole);
    else if (own !== undefined) observe({ ...whole, own });
    return y;
  };
  lower(pass)(random.key(0), zeros(inputShape, { dtype }));
  const total = (f: (row: SummaryRow) => number): number => rows.reduce((sum, r) => sum + f(r), 0);
  const result = {
    rows,
    parameters,
    multiplyAdds: total((r) => r.multiplyAdds),
    activationBytes: total((r) => r.activationBytes),
  };
  return Object.defineProperty(result, "toString", { value: () => table(result) });
}

const bytesOf = ({ size, dtype }: Tensor): number =>
  size * (dtype === "f64" ? 8 : dtype === "u8" || dtype === "bool" ? 1 : 4);

function table({ rows, parameters, multiplyAdds: products, activationBytes }: Summary): string {
  const lines = [
    ["layer", "output", "parameters", "multiply-adds", "activation bytes"],
    ...rows.map((r) => [
      r.name,
      `[${r.outputShape.join(", ")}]`,
      ...[r.parameters, r.multiplyAdds, r.activationBytes].map(String),
    ]),
    ["total", "", ...[parameters, products, activationBytes].map(String)],
  ];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...lines.map((l) => (l[i] as string).length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) =>
          i < 2 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
        )
        .join("  "),
    )
    .join("\n");
}

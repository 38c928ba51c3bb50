import type { Tensor } from "@x/tensor";
import type { Observation } from "../block";

type Named = Readonly<Record<string, Tensor | null>>;

/** Multiply-adds of one layer in one pass, from its parameters and shapes. */
export function multiplyAdds({ layer, params, input, output, options }: Observation): number {
  const named = (params ?? {}) as Named;
  if ("out_proj" in named) return ofAttention(named, input, options);
  if ("weight_hh_l0" in named) return ofRecurrence(named, input);
  const weight = named["weight"];
  const { dims } = layer as { dims: { weight?: { out?: unknown; in?: unknown } } };
  const roles = dims.weight;
  if (weight === null || weight === undefined || roles?.in === undefined) return 0;
  // Tables are looked up, not multiplied.
  if (["i32", "u32", "u8"].includes(input.dtype)) return 0;
  // Every weight is used once at each place of the output; of a transposed convolution at each place of the input.
  const transposed = roles.in === 0;
  const places = transposed
    ? input.size / (input.shape[1] as number)
    : output.size / (weight.shape[0] as number);
  return places * weight.size;
}

/** Projections, scores and weighted sums of attention by heads. */
function ofAttention(params: Named, x: Tensor, options: unknown): number {
  const { keys = x, values = keys } = (options ?? {}) as { keys?: Tensor; values?: Tensor };
  const d = x.shape.at(-1) as number;
  const n = x.shape.at(-2) as number;
  const m = keys.shape.at(-2) as number;
  const rest = x.size / (n * d);
  const { weight } = params["out_proj"] as unknown as { weight: Tensor };
  const widths = [keys, values].map((y) => y.shape.at(-1) as number) as [number, number];
  const projections = n * d * d + m * d * widths[0] + m * d * widths[1] + n * weight.size;
  return rest * (projections + 2 * n * m * d);
}

/** Every matrix meets every time step of every sequence. */
function ofRecurrence(params: Named, x: Tensor): number {
  const steps = x.size / (x.shape.at(-1) as number);
  const matrices = Object.values(params).filter((w) => w?.shape.length === 2) as Tensor[];
  return steps * matrices.reduce((sum, w) => sum + w.size, 0);
}

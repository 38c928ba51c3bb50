import { ArgumentError, random, type Tensor, tensor } from "@x/tensor";
import { costMatrix } from "../costs/cost-matrix";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import type { Values } from "../values";
import { type Image, type RgbaBytes, readPixels } from "./pixels";
import { slicedFlow } from "./sliced-flow";
import { Transport } from "./transport";
import type { TransportOptions } from "./transport-options";

/** How {@link colorTransfer} maps colours. */
export interface ColorTransferOptions {
  /**
   * `emd` moves each pixel like the nearest of the sampled ones, `sinkhorn` (default) by a smooth map, `sliced` by a flow
   * of one-dimensional maps, `gaussian` by the affine map that gives the target's mean and covariance.
   */
  readonly method?: "emd" | "sinkhorn" | "sliced" | "gaussian" | undefined;
  /**
   * Pixels of each image that the map is fitted to, all if there are fewer; default 1000, 10 000 for `sliced`.
   * `gaussian` takes all.
   */
  readonly samples?: number | undefined;
  /** Of the samples and of the directions of `sliced`; default 0. */
  readonly seed?: number | undefined;
  /** ε of `sinkhorn`, in squared units of colour; default a tenth of the median cost between samples. */
  readonly eps?: number | undefined;
  /** Whether `sinkhorn` takes away what its map does to the source alone, so that contrast stays; default true. */
  readonly debiased?: boolean | undefined;
  /** Random bases of `sliced`; default 20. */
  readonly rounds?: number | undefined;
}

const NAMES: OptionNames<ColorTransferOptions> = {
  method: 1,
  samples: 1,
  seed: 1,
  eps: 1,
  debiased: 1,
  rounds: 1,
};

const NAME = "colorTransfer";
/** On the diagonals of covariances of colours between 0 and 1: an image in shades of grey still has a map. */
const RIDGE = 1e-8;

/** Random rows of an image, without repetition; the same ones for images of the same size. */
function sampleRows(n: number, samples: number, seed: number): Int32Array {
  if (n <= samples) return Int32Array.from({ length: n }, (_, i) => i);
  const drawn = random.choice(random.key(seed), n, { shape: [samples], replace: false });
  return Int32Array.from(drawn.dataSync() as Int32Array);
}

const colorsAt = (colors: Float64Array, rows: Int32Array): Tensor =>
  tensor(
    Float64Array.from({ length: 3 * rows.length }, (_, k) => {
      return colors[3 * (rows[Math.floor(k / 3)] as number) + (k % 3)] as number;
    }),
    { shape: [rows.length, 3], copy: false },
  );

const asRows = (colors: Float64Array): Tensor => tensor(colors, { shape: [colors.length / 3, 3] });

/** A tenth of the median squared distance; of images of one same colour anything will do. */
function defaultEps(X: Tensor, Y: Tensor): number {
  const costs = (costMatrix(X, Y).dataSync() as Float64Array).slice().sort();
  return 0.1 * (costs[costs.length >> 1] as number) || 0.01;
}

function transportOptions(X: Tensor, Y: Tensor, options: ColorTransferOptions): TransportOptions {
  const { method = "sinkhorn", debiased = true } = options;
  if (method === "emd") return { method };
  // The map needs no more digits than colours have.
  return {
    method: "sinkhorn",
    ...{ eps: options.eps ?? defaultEps(X, Y), debiased, tol: 1e-6 },
  };
}

/**
 * Gives an image the colours of another one.
 *
 * Colours are points in [0, 1]³ and images are clouds of them; a transport map between samples of both moves every pixel
 * of the source. Results are cut to [0, 1]; the same seed gives the same picture.
 *
 * @param source - RGBA bytes, whose opacity stays, or numbers between 0 and 1 of shape [n, 3] or [h, w, 3]
 * @param target - the image whose colours are wanted, in either form and of any size
 * @returns an image of the form and size of the source
 * @throws ShapeError on other lengths and shapes
 * @throws ArgumentError on colours outside [0, 1] and on unknown options
 * @example
 * colorTransfer([[0, 0, 0], [0.5, 0.5, 0.5]], [[0.5, 0, 0], [1, 0.5, 0.5]], { method: "emd" }) // the target
 * @see Reinhard et al. 2001; Pitié, Kokaram & Dahyot 2007; Ferradans et al. 2014
 */
export function colorTransfer(
  source: RgbaBytes,
  target: Image,
  options?: ColorTransferOptions,
): Uint8ClampedArray;
export function colorTransfer(
  source: Values,
  target: Image,
  options?: ColorTransferOptions,
): Tensor;
export function colorTransfer(
  source: Image,
  target: Image,
  options: ColorTransferOptions = {},
): Uint8ClampedArray | Tensor {
  checkOptionNames(NAME, options, NAMES);
  const { method = "sinkhorn", seed = 0, rounds = 20 } = options;
  const { samples = method === "sliced" ? 10_000 : 1000 } = options;
  check(method, samples, rounds);
  const from = readPixels(NAME, "source", source);
  const to = readPixels(NAME, "target", target);
  if (method === "gaussian") {
    const transport = new Transport({ method, reg: RIDGE });
    const X = asRows(from.colors);
    return from.restore(colorsOf(transport.fit({ X, Y: asRows(to.colors) }).transform(X)));
  }
  const rows = sampleRows(from.colors.length / 3, samples, seed);
  const Y = colorsAt(to.colors, sampleRows(to.colors.length / 3, samples, seed));
  if (method === "sliced") {
    const moving = from.colors.slice();
    slicedFlow(moving, rows, colorsOf(Y), { d: 3, rounds, seed });
    return from.restore(moving);
  }
  const X = colorsAt(from.colors, rows);
  const transport = new Transport(transportOptions(X, Y, options)).fit({ X, Y });
  return from.restore(colorsOf(transport.transform(asRows(from.colors))));
}

const colorsOf = (X: Tensor): Float64Array => X.dataSync() as Float64Array;

function check(method: string, samples: number, rounds: number): void {
  checkChoice(NAME, "method", method, ["emd", "sinkhorn", "sliced", "gaussian"]);
  if (!(samples === Infinity || Number.isInteger(samples)) || samples < 1) {
    throw new ArgumentError(`${NAME}: expected samples ≥ 1; got ${samples}`, { samples });
  }
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new ArgumentError(`${NAME}: expected a whole number of rounds ≥ 1; got ${rounds}`, {
      rounds,
    });
  }
}

import { ArgumentError, concat, range, ShapeError, type Tensor, zerosLike } from "@x/tensor";
import { checkBeta, checkNonNegative, checkPositive } from "../core/check";
import { describeAround } from "../core/named";
import { checkLeaf, entriesOf, mapLeaves, parameterEntries, zipTrees } from "../core/tree";
import {
  fromMatrices,
  type MatrixDims,
  type MatrixLayout,
  matrixLayout,
  toMatrices,
} from "../matrix-dims";
import type { GradientTransformation, OptState } from "../types";
import { ballStep, type NormBall, type StepForm } from "./norm-ball";
import type { OrthogonalizeOptions } from "./orthogonalize";

/**
 * The factor κ of a step of an m × n matrix (m outputs, n inputs).
 *
 * - `original`: √max(1, m/n)
 * - `spectral`: √(m/n): a change of inputs of root mean square 1 changes outputs by at most 1
 * - `matchRms`: rms · √max(m, n): steps as large as Adam's, so its rate and decay can be used
 * - `none`: 1
 */
export type ShapeScale = "original" | "spectral" | "matchRms" | "none";

/** Options of {@link scaleByMuon}. */
export interface ScaleByMuonOptions extends OrthogonalizeOptions {
  /** Decay β of the mean of gradients, in [0, 1); default 0.95. */
  readonly momentum?: number;
  /** Mix the gradient into the mean once more; default true. */
  readonly nesterov?: boolean;
  /** Default `"original"`. */
  readonly shapeScale?: ShapeScale;
  /** Root mean square of `matchRms`, > 0; default 0.2. */
  readonly rms?: number;
  /** Which axes of a leaf are its rows and columns; default: axis 0 and all others. */
  readonly dims?: MatrixDims;
}

/** What a step minimises over; used by Drop-Muon. */
export interface BallOptions {
  /** The norm. */
  readonly ball: NormBall;
  /** The length. */
  readonly form: StepForm;
}

/** State of {@link scaleByMuon}: the mean of gradients of each leaf. */
export interface MuonState {
  readonly momentum: OptState;
  readonly [key: string]: OptState;
}

/**
 * Replaces gradients by the orthogonalised mean of gradients: M ← βM + (1−β)g, u = κ · UVᵀ of M (or of (1−β)g + βM).
 *
 * All leaves must be matrices, or be read as matrices by `dims`; equal shapes are orthogonalised together. Without
 * learning rate and sign: chain it with `scaleByLearningRate`.
 *
 * @throws ArgumentError for options out of range; ShapeError for leaves that are no matrices, naming the path
 * @example
 * chain(scaleByMuon({ shapeScale: "spectral" }), scaleByLearningRate(0.02))
 * @see Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
 */
export const scaleByMuon = (
  options: ScaleByMuonOptions = {},
): GradientTransformation<MuonState> => {
  const steps = orthogonalSteps(options);
  return { ...steps, ...describeAround("scaleByMuon", steps) };
};

/** {@link scaleByMuon} that says shapes and factors alone. */
export const orthogonalSteps = (options: ScaleByMuonOptions): GradientTransformation<MuonState> =>
  scaleByNormBall("scaleByMuon", options, { ball: "spectral", form: "lmo" });

interface Item {
  readonly layout: MatrixLayout;
  readonly matrices: Tensor;
}

/** {@link scaleByMuon} in any norm. */
export function scaleByNormBall(
  caller: string,
  options: ScaleByMuonOptions,
  { ball, form }: BallOptions,
): GradientTransformation<MuonState> {
  const { momentum: beta = 0.95, nesterov = true, shapeScale = "original", rms = 0.2 } = options;
  const { coeffs = "jordan", nsSteps = 5, normalize = "frobenius", eps = 1e-7, dims } = options;
  checkBeta(caller, "momentum", beta);
  checkNonNegative(caller, "eps", eps);
  checkPositive(caller, "rms", rms);
  const factor = shapeFactor(caller, shapeScale, rms);
  const step = ballStep(caller, ball, form, { coeffs, nsSteps, normalize, eps });
  const direction = ({ matrices, layout }: Item): Tensor => {
    const scale = ball === "spectral" ? factor(layout) : 1;
    return scale === 1 ? step(matrices) : step(matrices).mul(scale);
  };
  const layoutOf = (path: readonly string[], leaf: Tensor): MatrixLayout => {
    const layout = matrixLayout(caller, path, leaf, dims);
    if (layout !== undefined) return layout;
    throw new ShapeError(
      `${caller}: expected matrices, as Muon needs them; parameter ${path.join(".")} has shape [${leaf.shape.join(", ")}]; give it to another optimiser (label it "adam") or set its dims`,
      { path, shape: leaf.shape },
    );
  };
  return {
    init(params) {
      for (const { path, leaf } of parameterEntries(caller, params)) {
        warnOfTables(caller, path, layoutOf(path, leaf), leaf.size);
      }
      return { momentum: mapLeaves(caller, params, (p) => zerosLike(p)) as OptState };
    },
    update(grads, state, params) {
      const items: Item[] = [];
      const [momentum] = zipTrees(caller, { grads, params, momentum: state.momentum }, 1, {
        leaf([grad, param, before], path) {
          const g = grad as Tensor;
          checkLeaf(caller, path, g, param);
          const m = (before as Tensor).mul(beta).add(g.mul(1 - beta));
          const u = nesterov ? g.mul(1 - beta).add(m.mul(beta)) : m;
          const layout = layoutOf(path, param ?? g);
          items.push({ layout, matrices: toMatrices(u, layout) });
          return [m];
        },
        absent: ([, before]) => [before],
      });
      const steps = together(items, direction);
      let at = 0;
      return {
        updates: mapLeaves(caller, grads, () => steps[at++] as Tensor),
        state: { momentum: momentum as OptState },
      };
    },
    describe: (params) =>
      Object.fromEntries(
        entriesOf(caller, params).map(({ path, leaf }) => {
          const layout = layoutOf(path, leaf);
          const { batch, m, n } = layout;
          const stack = batch === 1 ? "" : `${batch} of `;
          return [path.join("."), `${stack}${m} × ${n}, factor ${factor(layout).toPrecision(3)}`];
        }),
      ),
  };
}

/** Steps of all leaves in their own shapes; matrices of one shape and dtype are stacked and go through together. */
function together(items: readonly Item[], direction: (item: Item) => Tensor): Tensor[] {
  const groups = new Map<string, number[]>();
  items.forEach(({ layout: { m, n }, matrices }, i) => {
    const key = `${m} ${n} ${matrices.dtype}`;
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  const steps: Tensor[] = [];
  for (const members of groups.values()) {
    const group = members.map((i) => items[i] as Item);
    const first = group[0] as Item;
    const all = group.length === 1 ? first.matrices : concat(group.map(({ matrices }) => matrices));
    const result = direction({ layout: first.layout, matrices: all });
    let from = 0;
    for (const [k, { layout }] of group.entries()) {
      const part = group.length === 1 ? result : result.at(range(from, from + layout.batch));
      from += layout.batch;
      steps[members[k] as number] = fromMatrices(part, layout);
    }
  }
  return steps;
}

function shapeFactor(
  caller: string,
  scale: ShapeScale,
  rms: number,
): (layout: MatrixLayout) => number {
  const factors: Readonly<Record<ShapeScale, (layout: MatrixLayout) => number>> = {
    original: ({ m, n }) => Math.sqrt(Math.max(1, m / n)),
    spectral: ({ m, n }) => Math.sqrt(m / n),
    matchRms: ({ m, n }) => rms * Math.sqrt(Math.max(m, n)),
    none: () => 1,
  };
  const found = factors[scale];
  if (found !== undefined) return found;
  throw new ArgumentError(
    `${caller}: expected shapeScale ${Object.keys(factors).join(", ")}; got ${String(scale)}`,
    { shapeScale: scale },
  );
}

/** Long, thin and large: one row for each word or class, of which a step sees few. */
function warnOfTables(
  caller: string,
  path: readonly string[],
  { m, n }: MatrixLayout,
  size: number,
): void {
  if (size <= 5e6 || Math.max(m, n) <= 16 * Math.min(m, n)) return;
  console.warn(
    `${caller}: parameter ${path.join(".")} is ${m} × ${n}, which looks like an embedding or an output layer; Muon is not made for those: label it "adam"`,
  );
}

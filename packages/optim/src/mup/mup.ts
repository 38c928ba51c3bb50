import { ArgumentError, ShapeError, type Tensor } from "@x/tensor";
import { shown } from "../core/check";
import { entriesOf, zipTrees } from "../core/tree";
import { type MatrixDims, matrixAxes } from "../matrix-dims";
import type { ByLeaf, GradientTransformation } from "../types";

/** What growing the width means for a leaf. */
export type MuPRole = "hidden" | "input" | "output" | "fixed";

/** Factors of one leaf relative to the base model. */
export interface MuPMultipliers {
  /** `hidden`: inputs and outputs grow; `input`: only outputs, as in biases and gains; `output`: only inputs; `fixed`: neither. */
  readonly role: MuPRole;
  /** Of the base model's standard deviation. */
  readonly initStd: number;
  /** Of the learning rate of SGD. */
  readonly lrMultSgd: number;
  /** Of the learning rate of Adam and its relatives. */
  readonly lrMultAdam: number;
  /** Of the product with the weight in the forward pass. */
  readonly forwardMult: number;
  /** Of a weight decay that is added to the gradient (under Adam); decoupled decay stays. */
  readonly wdMult: number;
}

/** Options of {@link muP}. */
export interface MuPOptions {
  /** Parameters of the base model, or any tensors of their shapes, in the same structure. */
  readonly baseShapes: unknown;
  /** Which axes count outputs and inputs; default: axis 0, all others. A vector's axis counts outputs. */
  readonly dims?: MatrixDims;
  /** Overrides what shapes say. */
  readonly role?: ByLeaf<MuPRole | undefined>;
}

/**
 * How initial weights were drawn: `base` with the base model's standard deviations at every width (0.02 everywhere, say);
 * `fanIn` with deviations ∝ 1/√fan-in, as `linear`, `mlp` and `resnet` of `@x/nn` and most initialisers do; `muP` by
 * `init.muP` of `@x/nn`, ∝ 1/fan-in for outputs.
 */
export type DrawnBy = "base" | "fanIn" | "muP";

/** Factors of every leaf, and what applies them. */
export interface MuP {
  /** By dotted path. */
  multipliers(params: unknown): ReadonlyMap<string, MuPMultipliers>;
  /**
   * Initial parameters with the standard deviations of the parametrisation, whatever rule drew them.
   *
   * @throws ArgumentError for another `drawn`
   */
  scaleInit<P>(params: P, options: { readonly drawn: DrawnBy }): P;
  /** Multiplies updates by `lrMultAdam` or `lrMultSgd`; goes last in a chain. */
  scaleUpdates(optimizer: "adam" | "sgd"): GradientTransformation<null>;
}

/**
 * Maximal-update parametrisation: factors by which the best learning rate of a narrow base model stays the best for
 * wide ones.
 *
 * With m = width / base width: hidden std · m^(−½), Adam's lr / m; input and vectors Adam's lr · 1, SGD's · m; output
 * forward · 1/m, Adam's lr · 1, SGD's · m. Attention logits are to be scaled by 1/d_head, not 1/√d_head.
 *
 * `scaleInit` has to know how the weights were drawn, or it would shrink them twice; it multiplies
 *
 * | drawn | hidden | output | others |
 * |---|---|---|---|
 * | `base` | m^(−½) | 1 | 1 |
 * | `fanIn` | 1 | m^½ | 1 |
 * | `muP` | 1 | m | 1 |
 *
 * so that all three begin alike. Whoever keeps the output weights of `init.muP` (table 3 of the paper) as they are takes
 * no `forwardMult`, and 1/m as the rate of output weights: another form of the same, not what `scaleUpdates` does.
 *
 * @throws ArgumentError for a leaf without a base shape, ShapeError for one with more than two axes that grow
 * @example
 * const p = muP({ baseShapes: init(key, 64) });
 * const params = p.scaleInit(init(key, 1024), { drawn: "fanIn" });
 * const optimizer = chain(adam(1e-3), p.scaleUpdates("adam"));
 * @see Yang et al. 2022, "Tensor Programs V", table 8
 */
export function muP({ baseShapes, dims, role }: MuPOptions): MuP {
  const base = new Map(
    entriesOf("muP", baseShapes).map(({ path, leaf }) => [path.join("."), leaf.shape]),
  );
  const of = (path: readonly string[], param: Tensor): MuPMultipliers => {
    const name = path.join(".");
    const shape = base.get(name);
    if (shape === undefined) {
      throw new ArgumentError(
        `muP: expected a base shape for every parameter; ${name} has none; add it to baseShapes`,
        { path },
      );
    }
    const { fanIn, fanOut } = growth(name, param, shape, matrixAxes(path, param, dims));
    const found =
      fanIn !== 1 ? (fanOut !== 1 ? "hidden" : "output") : fanOut !== 1 ? "input" : "fixed";
    return multipliersOf(role?.(path, param) ?? found, fanIn, fanOut);
  };
  const scaled = <P>(tree: P, params: P, by: (m: MuPMultipliers) => number): P =>
    zipTrees("muP", { tree, params }, 1, {
      leaf: ([x, param], path) => {
        const factor = by(of(path, (param ?? x) as Tensor));
        return [factor === 1 ? x : (x as Tensor).mul(factor)];
      },
      absent: () => [null],
    })[0] as P;
  return {
    multipliers: (params) =>
      new Map(entriesOf("muP", params).map(({ path, leaf }) => [path.join("."), of(path, leaf)])),
    scaleInit(params, options) {
      const drawn = (options as { readonly drawn?: DrawnBy } | undefined)?.drawn;
      const by = initFactors[drawn as DrawnBy];
      if (by !== undefined) return scaled(params, params, by);
      throw new ArgumentError(
        `muP: expected scaleInit(params, { drawn }) with drawn ${Object.keys(initFactors).join(", ")}; got ${shown(drawn)}; networks of @x/nn and most initialisers draw "fanIn"`,
        { drawn },
      );
    },
    scaleUpdates: (optimizer) => {
      const which = optimizer === "adam" ? "lrMultAdam" : "lrMultSgd";
      return {
        init(params) {
          for (const { path, leaf } of entriesOf("muP", params)) of(path, leaf);
          return null;
        },
        update: (grads, _, params) => ({
          updates: scaled(grads, params ?? grads, (m) => m[which]),
          state: null,
        }),
        describe: (params) =>
          Object.fromEntries(
            entriesOf("muP", params).map(({ path, leaf }) => {
              const m = of(path, leaf);
              return [path.join("."), `${m.role}, lr × ${m[which].toPrecision(3)}`];
            }),
          ),
      };
    },
  };
}

/** What brings weights to the base model's deviations times `initStd`. */
const initFactors: Readonly<Record<DrawnBy, (m: MuPMultipliers) => number>> = {
  base: (m) => m.initStd,
  fanIn: (m) => 1 / Math.sqrt(m.forwardMult),
  muP: (m) => 1 / m.forwardMult,
};

/** By how much inputs and outputs grow from the base model. */
function growth(
  name: string,
  param: Tensor,
  base: readonly number[],
  axes: { readonly out: readonly number[]; readonly in: readonly number[] },
): { readonly fanIn: number; readonly fanOut: number } {
  if (base.length !== param.rank) {
    throw new ShapeError(
      `muP: expected as many axes as in the base shape; ${name} has shape [${param.shape.join(", ")}], its base [${base.join(", ")}]`,
      { shape: param.shape, base },
    );
  }
  const growing = param.shape.flatMap((size, axis) => (size === base[axis] ? [] : [axis]));
  const outside = growing.find((axis) => !axes.out.includes(axis) && !axes.in.includes(axis));
  if (growing.length > 2 || outside !== undefined) {
    throw new ShapeError(
      `muP: expected at most two axes that grow, each an input or an output; in ${name} these grow: ${growing.join(", ")}, outputs are [${axes.out.join(", ")}], inputs [${axes.in.join(", ")}]`,
      { shape: param.shape, base },
    );
  }
  const ratio = (some: readonly number[]): number =>
    some.reduce((x, axis) => x * ((param.shape[axis] as number) / (base[axis] as number)), 1);
  return { fanIn: ratio(axes.in), fanOut: ratio(axes.out) };
}

function multipliersOf(role: MuPRole, fanIn: number, fanOut: number): MuPMultipliers {
  const same = { role, initStd: 1, lrMultSgd: 1, lrMultAdam: 1, forwardMult: 1, wdMult: 1 };
  switch (role) {
    case "hidden":
      return {
        ...same,
        initStd: 1 / Math.sqrt(fanIn),
        lrMultSgd: fanOut / fanIn,
        lrMultAdam: 1 / fanIn,
        wdMult: fanIn,
      };
    case "input":
      return { ...same, lrMultSgd: fanOut };
    case "output":
      return { ...same, lrMultSgd: fanIn, forwardMult: 1 / fanIn };
    default:
      return same;
  }
}

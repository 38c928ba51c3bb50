import { ArgumentError, ShapeError, type Tensor } from "@x/tensor";
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

/** Factors of every leaf, and what applies them. */
export interface MuP {
  /** By dotted path. */
  multipliers(params: unknown): ReadonlyMap<string, MuPMultipliers>;
  /** Parameters drawn as for the base model's standard deviations, times `initStd`. */
  scaleInit<P>(params: P): P;
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
 * @throws ArgumentError for a leaf without a base shape, ShapeError for one with more than two axes that grow
 * @example
 * const p = muP({ baseShapes: init(key, 64) });
 * const params = p.scaleInit(init(key, 1024));
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
  const scaled = <P>(tree: P, params: P, which: "initStd" | "lrMultAdam" | "lrMultSgd"): P =>
    zipTrees("muP", { tree, params }, 1, {
      leaf: ([x, param], path) => {
        const factor = of(path, (param ?? x) as Tensor)[which];
        return [factor === 1 ? x : (x as Tensor).mul(factor)];
      },
      absent: () => [null],
    })[0] as P;
  return {
    multipliers: (params) =>
      new Map(entriesOf("muP", params).map(({ path, leaf }) => [path.join("."), of(path, leaf)])),
    scaleInit: (params) => scaled(params, params, "initStd"),
    scaleUpdates: (optimizer) => {
      const which = optimizer === "adam" ? "lrMultAdam" : "lrMultSgd";
      return {
        init(params) {
          for (const { path, leaf } of entriesOf("muP", params)) of(path, leaf);
          return null;
        },
        update: (grads, _, params) => ({
          updates: scaled(grads, params ?? grads, which),
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

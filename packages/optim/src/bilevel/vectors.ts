import { hypot, isTensor, type Tensor, type Tree, tree, where } from "@x/tensor";

/** A point or a direction: a tree of float tensors. */
export type Vector = Tree<Tensor>;

const like = (s: Tensor | number, x: Tensor): Tensor | number =>
  typeof s === "number" ? s : s.cast(x.dtype);

export const add = (x: Vector, y: Vector): Vector =>
  tree.map((a: Tensor, b: Tensor) => a.add(b), x, y);

export const subtract = (x: Vector, y: Vector): Vector =>
  tree.map((a: Tensor, b: Tensor) => a.sub(b), x, y);

export const scale = (s: Tensor | number, x: Vector): Vector =>
  tree.map((a: Tensor) => a.mul(like(s, a)), x);

/** y + s x; the scalar takes the dtype of each leaf, so that a wider one does not widen the result. */
export const addScaled = (y: Vector, s: Tensor | number, x: Vector): Vector =>
  tree.map((b: Tensor, a: Tensor) => b.add(a.mul(like(s, a))), y, x);

export const zerosLike = (x: Vector): Vector => tree.map((a: Tensor) => a.mul(0), x);

/** A scalar in the widest dtype of the leaves. */
export const dot = (x: Vector, y: Vector): Tensor => {
  const others = tree.leaves(y);
  const products = tree.leaves(x).map((a, i) => a.mul(others[i] as Tensor).sum());
  return products.reduce((sum, p) => sum.add(p));
};

export const norm = (x: Vector): Tensor =>
  tree
    .leaves(x)
    .map((a) => a.ravel().norm())
    .reduce((total, n) => hypot(total, n));

export const select = (condition: Tensor, x: Vector, y: Vector): Vector =>
  tree.map((a: Tensor, b: Tensor) => where(condition, a, b), x, y);

/** The widest float dtype among the leaves: what scalars of a method are computed in. */
export const dtypeOf = (x: Vector): "f32" | "f64" =>
  tree.leaves(x).some((a) => isTensor(a) && a.dtype === "f64") ? "f64" : "f32";

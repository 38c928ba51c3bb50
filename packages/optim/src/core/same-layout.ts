import { ArgumentError, type Tensor } from "@x/tensor";
import { entriesOf, keyOf } from "./tree";

/** What {@link checkSameLayout} compares, and what it calls it. */
export interface LayoutCheck {
  /** The beginning of the error: who refuses what. */
  readonly refusal: string;
  /** What the expected tree is called: `params`. */
  readonly name: string;
  /** Whether f32 may stand for f64, as in what was computed on a device. */
  readonly anyFloat?: boolean;
}

/**
 * Refuses a tree whose leaves do not stand where those of another do, with the same shapes and dtypes.
 *
 * @throws ArgumentError naming the first leaf that differs
 */
export function checkSameLayout(saved: unknown, expected: unknown, check: LayoutCheck): void {
  const { refusal, name, anyFloat = false } = check;
  const there = leavesOf(name, saved);
  const here = leavesOf(name, expected);
  const differs = (path: string, difference: string): ArgumentError =>
    new ArgumentError(
      `${refusal}: ${path || "the root"} ${difference}; go on with the params and the optimizer that wrote it`,
      { path },
    );
  for (const [key, { path, leaf }] of here) {
    const other = there.get(key)?.leaf;
    if (other === undefined) throw differs(path, `is missing there, ${shapeOf(leaf)} in ${name}`);
    if (shapeOf(other) !== shapeOf(leaf)) {
      throw differs(path, `is ${shapeOf(other)} there, ${shapeOf(leaf)} in ${name}`);
    }
    const floats = [other, leaf].every(({ dtype }) => dtype === "f32" || dtype === "f64");
    if (other.dtype !== leaf.dtype && !(anyFloat && floats)) {
      throw differs(path, `is ${other.dtype} there, ${leaf.dtype} in ${name}`);
    }
  }
  for (const [key, { path, leaf }] of there) {
    if (!here.has(key)) throw differs(path, `is ${shapeOf(leaf)} there, missing in ${name}`);
  }
}

const shapeOf = (x: Tensor): string => `[${x.shape.join(", ")}]`;

const leavesOf = (name: string, tree: unknown): Map<string, { path: string; leaf: Tensor }> =>
  new Map(
    entriesOf(name, tree).map(({ path, leaf }) => [keyOf(path), { path: path.join("."), leaf }]),
  );

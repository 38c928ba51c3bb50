import fc from "fast-check";
import { expect } from "vitest";
import { isFloat } from "../../src/dtype";
import { grad, jit, jvp, stack, type Tensor, vmap } from "../../src/index";
import { assertClose, checkGradients } from "../../src/testing";
import { Source } from "./views";

/** A function of tensors, and how to make operands for it. */
export interface RuleCase {
  readonly f: (...args: Tensor[]) => Tensor;
  /** Operands of one set of shapes: those must not depend on the source. */
  readonly make: (source: Source) => Tensor[];
}

/** What is checked; all of it by default. */
export interface RuleOptions {
  /** Check derivatives; default true. */
  readonly gradients?: boolean;
  /** Check derivatives of the gradient, too; default true. */
  readonly second?: boolean;
}

const BATCH = 3;
/** Finite differences leave an error near 1e-9; loops and batches differ by roundings only. */
const same = { relative: 1e-9, absolute: 1e-10 };

/**
 * Checks the forward, reverse and batching rules of a function and their nestings against finite
 * differences and loops.
 */
export function checkRules({ f, make }: RuleCase, seed: number, options: RuleOptions = {}): void {
  const { gradients = true, second = true } = options;
  const examples = Array.from({ length: BATCH }, (_, i) => make(new Source(seed + i)));
  const [first] = examples as [Tensor[]];
  if (gradients) checkGradients(f, first, { order: second ? 2 : 1, directions: 2, seed });
  assertClose(jit(f)(...first), f(...first), same);
  checkBatches(f, examples, seed);
  if (gradients) checkNestings(f, examples, seed);
}

/** vmap over every choice of batched operands, at different axes, against a loop. */
function checkBatches(f: RuleCase["f"], examples: Tensor[][], seed: number): void {
  const source = new Source(seed ^ 0x5bd1e995);
  const count = (examples[0] as Tensor[]).length;
  for (let choice = 1; choice < 1 << count; choice++) {
    const inAxes = Array.from({ length: count }, (_, i) =>
      choice & (1 << i) ? source.below(((examples[0] as Tensor[])[i] as Tensor).rank + 1) : null,
    );
    const shared = (example: Tensor[]): Tensor[] =>
      example.map((x, i) => (inAxes[i] === null ? ((examples[0] as Tensor[])[i] as Tensor) : x));
    const args = inAxes.map((axis, i) =>
      axis === null
        ? ((examples[0] as Tensor[])[i] as Tensor)
        : stack(
            examples.map((example) => example[i] as Tensor),
            axis,
          ),
    );
    const expected = stack(examples.map((example) => f(...shared(example))));
    const context = `vmap with inAxes [${inAxes.join(", ")}]`;
    close(context, vmap(f, { inAxes })(...args), expected);
    close(`jit of ${context}`, jit(vmap(f, { inAxes }))(...args), expected);
  }
}

/** vmap of grad, grad of vmap, jvp of grad, and jit of them, against loops of plain gradients. */
function checkNestings(f: RuleCase["f"], examples: Tensor[][], seed: number): void {
  const [first] = examples as [Tensor[]];
  const argnums = first.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []));
  const weights = new Source(seed + 99).uniform(f(...first).shape);
  const loss = (...args: Tensor[]): Tensor =>
    f(...args)
      .mul(weights)
      .sum();
  const gradient = (...args: Tensor[]): Tensor[] => grad(loss, { argnums })(...args) as Tensor[];
  const columns = first.map((_, i) => stack(examples.map((example) => example[i] as Tensor)));
  const loops = examples.map((example) => gradient(...example));
  const expected = argnums.map((_, i) => stack(loops.map((g) => g[i] as Tensor)));
  close("vmap of grad", vmap(gradient)(...columns), expected);
  close("jit of vmap of grad", jit(vmap(gradient))(...columns), expected);
  const total = (...args: Tensor[]): Tensor => vmap(loss)(...args).sum();
  close("grad of vmap", grad(total, { argnums })(...columns), expected);
  close("jit of grad", jit(gradient)(...first), loops[0]);
  // The Hessian is symmetric: u · H v by forward over reverse is v · H u.
  const floats = argnums.map((i) => first[i] as Tensor);
  const along = (salt: number): Tensor[] => {
    const source = new Source(seed + salt);
    return floats.map((x) => source.uniform(x.shape));
  };
  const [u, v] = [along(7), along(8)];
  const restored = (...xs: Tensor[]): Tensor[] => {
    const full = [...first];
    argnums.forEach((position, i) => {
      full[position] = xs[i] as Tensor;
    });
    return gradient(...full);
  };
  const second = (t: Tensor[]): Tensor[] => jvp(restored, floats, t)[1] as Tensor[];
  const dot = (xs: Tensor[], ys: Tensor[]): number =>
    xs.reduce(
      (sum, x, i) =>
        sum +
        x
          .mul(ys[i] as Tensor)
          .sum()
          .item(),
      0,
    );
  const [left, right] = [dot(u, second(v)), dot(v, second(u))];
  const scale = Math.max(1, Math.abs(left));
  expect(Math.abs(left - right) / scale, "u · H v = v · H u").toBeLessThan(1e-9);
  close("jit of jvp of grad", jit((...t: Tensor[]) => second(t))(...v), second(v));
}

function close(context: string, actual: unknown, expected: unknown): void {
  try {
    assertClose(actual, expected, same);
  } catch (error) {
    throw new Error(`${context}: ${(error as Error).message}`);
  }
}

/** Runs a check for generated parameters. */
export function forAll<T>(
  parameters: fc.Arbitrary<T>,
  check: (value: T, seed: number) => void,
  numRuns = 6,
): void {
  fc.assert(
    fc.property(parameters, fc.integer({ min: 0, max: 1e6 }), (value, seed) => check(value, seed)),
    { numRuns },
  );
}

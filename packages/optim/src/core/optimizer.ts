import { ArgumentError, jit } from "@x/tensor";
import type { Bytes } from "@x/tensor/io";
import type { Extra, GradientTransformation, OptState } from "../types";
import { applyUpdates } from "./apply-updates";
import { describe, type OptimizerDescription } from "./describe";
import { checkSameLayout } from "./same-layout";
import { deserialize, serialize } from "./serialize";

/** How an {@link Optimizer} runs. */
export interface OptimizerOptions {
  /** Compile the step; default true. Calls with functions in `extra` run without it. */
  readonly jit?: boolean;
}

type Saved<P> = { readonly params: P; readonly state: OptState };

/**
 * Parameters and state of a transformation in one object, for those who prefer that to two pure functions.
 *
 * @example
 * const optimizer = new Optimizer(adam(1e-3), params);
 * for (const batch of batches) optimizer.step(grad(loss)(optimizer.params, batch));
 */
export class Optimizer<P> {
  readonly #transformation: GradientTransformation;
  readonly #compiled: (grads: P, saved: Saved<P>, extra: Extra) => Saved<P>;
  readonly #plain: (grads: P, saved: Saved<P>, extra: Extra) => Saved<P>;
  #saved: Saved<P>;

  /**
   * @param transformation - what to do with gradients
   * @param params - where to begin
   */
  constructor(
    transformation: GradientTransformation,
    params: P,
    { jit: compile = true }: OptimizerOptions = {},
  ) {
    this.#transformation = transformation;
    this.#saved = { params, state: transformation.init(params) };
    this.#plain = (grads, { params, state }, extra) => {
      const result = transformation.update(grads, state, params, extra);
      return { params: applyUpdates(params, result.updates), state: result.state };
    };
    this.#compiled = compile ? jit(this.#plain, { name: "Optimizer.step" }) : this.#plain;
  }

  /** Parameters after the steps so far. */
  get params(): P {
    return this.#saved.params;
  }

  /** State after the steps so far. */
  get state(): OptState {
    return this.#saved.state;
  }

  /**
   * Replaces the state, as {@link setHyperparams} makes it.
   *
   * @param state - in the structure of the present one
   */
  set state(state: OptState) {
    this.#saved = { ...this.#saved, state };
  }

  /**
   * One step.
   *
   * @param grads - in the structure of the parameters
   * @param extra - what the method needs besides; see `Extra`
   * @returns the new parameters
   * @throws what the transformation throws, and ConvergenceError from its `verify`
   */
  step(grads: P, extra: Extra = {}): P {
    // A function would be a new static value, and a new compilation, at every call.
    const hasFunction = Object.values(extra).some((x) => typeof x === "function");
    const next = (hasFunction ? this.#plain : this.#compiled)(grads, this.#saved, extra);
    this.#transformation.verify?.(next.state);
    this.#saved = next;
    return next.params;
  }

  /** What happens to each parameter. */
  describe(): OptimizerDescription {
    return describe(this.#transformation, this.params);
  }

  /** Parameters and state as a safetensors file. */
  save(): Uint8Array {
    return serialize(this.#saved);
  }

  /**
   * Goes on from where {@link Optimizer.save} was called.
   *
   * @throws ArgumentError for other bytes, and for parameters or a state of other names, shapes or dtypes
   */
  restore(bytes: Bytes): void {
    const saved = deserialize<Partial<Saved<P>> | null>(bytes);
    if (saved?.params === undefined || !("state" in saved)) {
      throw new ArgumentError(
        "Optimizer.restore: expected the bytes of Optimizer.save; got another tree",
      );
    }
    const refusal = "Optimizer.restore: the bytes hold another training";
    checkSameLayout(saved.params, this.params, { refusal, name: "params" });
    checkSameLayout(saved.state, this.state, { refusal, name: "state", anyFloat: true });
    this.#saved = saved as Saved<P>;
  }
}

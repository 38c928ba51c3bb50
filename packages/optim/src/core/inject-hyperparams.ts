import { ArgumentError, isTensor, type Tensor, tensor } from "@x/tensor";
import type { GradientTransformation, OptState, Rate } from "../types";
import { checkRate } from "./check";
import { firstStep } from "./leafwise";
import { dependsOnStep, rateAt } from "./rate";
import { scalarDType } from "./scalar-dtype";

/** State of {@link injectHyperparams}. */
export interface InjectedState<H extends string> {
  /** Present values, f64 scalars. */
  readonly hyperparams: Readonly<Record<H, Tensor>>;
  /** Steps taken. */
  readonly step: Tensor;
  readonly inner: OptState;
  readonly [key: string]: OptState;
}

const scalar = (x: number | Tensor): Tensor =>
  isTensor(x) ? x.cast(scalarDType()).reshape([]) : tensor(x, { dtype: scalarDType() });

/**
 * Keeps rates in the state, where they can be read and changed between steps without compiling again.
 *
 * @param make - the transformation from the rates, which arrive as scalar tensors
 * @param hyperparams - first values; a function of the step is evaluated again at every step
 * @throws ArgumentError for negative or non-finite rates
 * @example
 * const t = injectHyperparams(({ lr }) => adam(lr), { lr: 1e-3 });
 * let state = t.init(params);
 * state = setHyperparams(state, { lr: 1e-4 });
 */
export function injectHyperparams<H extends string>(
  make: (hyperparams: Readonly<Record<H, Tensor>>) => GradientTransformation,
  hyperparams: Readonly<Record<H, Rate>>,
): GradientTransformation<InjectedState<H>> {
  const names = Object.keys(hyperparams) as H[];
  for (const name of names) checkRate("injectHyperparams", name, hyperparams[name]);
  const at = (step: Tensor, kept?: Readonly<Record<H, Tensor>>): Record<H, Tensor> => {
    const entries = names.map((name) => {
      const rate = hyperparams[name];
      if (kept !== undefined && !dependsOnStep(rate)) return [name, kept[name]];
      return [name, scalar(rateAt("injectHyperparams", rate, step))];
    });
    return Object.fromEntries(entries) as Record<H, Tensor>;
  };
  return {
    init(params) {
      const step = firstStep();
      const present = at(step);
      return { hyperparams: present, step, inner: make(present).init(params) };
    },
    update(grads, state, params, extra) {
      const present = at(state.step, state.hyperparams);
      const result = make(present).update(grads, state.inner, params, extra);
      return {
        updates: result.updates,
        state: { hyperparams: present, step: state.step.add(1), inner: result.state },
      };
    },
    verify: (state) => make(state.hyperparams).verify?.(state.inner),
    describe: (params) => make(at(firstStep())).describe?.(params) ?? {},
  };
}

/**
 * A state of {@link injectHyperparams} with other values; the rest stays.
 *
 * @param values - new values by name
 * @throws ArgumentError for a state of another method, a name that the state does not have, or a negative or non-finite value
 */
export function setHyperparams<H extends string>(
  state: InjectedState<H>,
  values: Readonly<Partial<Record<H, number | Tensor>>>,
): InjectedState<H> {
  if (typeof (state as Partial<InjectedState<H>> | null)?.hyperparams !== "object") {
    throw new ArgumentError(
      "setHyperparams: expected a state of injectHyperparams; got another state; wrap the optimiser: injectHyperparams(({ lr }) => adam(lr), { lr: 1e-3 })",
    );
  }
  const next: Record<string, Tensor> = { ...state.hyperparams };
  for (const [name, value] of Object.entries<number | Tensor | undefined>(values)) {
    if (value === undefined) continue;
    const old = next[name];
    if (old === undefined) {
      throw new ArgumentError(
        `setHyperparams: expected one of ${Object.keys(next).join(", ")}; got ${name}`,
        { name },
      );
    }
    checkRate("setHyperparams", name, value);
    next[name] = scalar(value).cast(old.dtype);
  }
  return { ...state, hyperparams: next as Record<H, Tensor> };
}

import type { Tensor } from "@x/tensor";
import type { BlockCosts, Observation, Part } from "../block";
import type { Layer, StatefulLayer } from "../types";
import { childrenOf, isLayer } from "./init-parts";

type Observe = ((observation: Observation) => void) | undefined;
type Named = Readonly<Record<string, unknown>>;

const joined = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** One pass through a network: its parts as functions, and the states that they leave. */
export class Run {
  private readonly train: boolean | undefined;
  private readonly observe: Observe;
  private readonly states = new Map<string, unknown>();
  constructor(train: boolean | undefined, observe: Observe) {
    this.train = train;
    this.observe = observe;
  }

  /** A function (x, options) → y with the property `params` in the place of every layer. */
  calls(part: Part, params: unknown, state: unknown, path: string): unknown {
    if (part === null) return null;
    if (isLayer(part)) return this.call(part, params, state, path);
    const each = ([name, child]: [string, Part]): unknown =>
      this.calls(
        child,
        (params as Named)[name],
        (state as Named | null)?.[name] ?? null,
        joined(path, name),
      );
    if (Array.isArray(part)) return childrenOf(part).map(each);
    return Object.fromEntries(childrenOf(part).map((entry) => [entry[0], each(entry)]));
  }

  /** States of the parts after the pass, in the structure that came in. */
  nextState(part: Part, state: unknown, path: string): unknown {
    if (part === null || state === null || state === undefined) return state;
    if (isLayer(part)) return this.states.has(path) ? this.states.get(path) : state;
    const each = (name: string, child: Part): unknown =>
      this.nextState(child, (state as Named)[name], joined(path, name));
    if (Array.isArray(part)) return childrenOf(part).map(([name, child]) => each(name, child));
    const kept = childrenOf(part).filter(([name]) => name in (state as Named));
    return Object.fromEntries(kept.map(([name, child]) => [name, each(name, child)]));
  }

  private call(
    layer: Layer<unknown, unknown> | StatefulLayer<unknown, unknown, unknown>,
    params: unknown,
    state: unknown,
    path: string,
  ): unknown {
    const { observe, states, train } = this;
    const inner = "parts" in layer;
    const within = (o: Observation): void => observe?.({ ...o, name: joined(path, o.name) });
    const passed = (options: object | undefined): object | undefined =>
      inner && observe !== undefined ? { ...options, observe: within } : options;
    const apply = (x: Tensor, options?: object): Tensor => {
      let y: Tensor;
      if (state === null) {
        y = (layer as Layer<unknown, unknown>).apply(params, x, passed(options));
      } else {
        const before = states.has(path) ? states.get(path) : state;
        const all = { ...passed(options), train: train ?? false };
        const stateful = layer as StatefulLayer<unknown, unknown, unknown>;
        const [out, after] = stateful.apply(params, before, x, all);
        states.set(path, after);
        y = out;
      }
      const own = (layer as BlockCosts).multiplyAdds?.(x, y);
      if (!inner || own !== undefined) {
        observe?.({ name: path, layer, params, input: x, output: y, options, own });
      }
      return y;
    };
    return Object.assign(apply, { params });
  }
}

import { ArgumentError, isTensor, random, type Tensor } from "@x/tensor";
import type { BlockCosts, Observation, ObserveOptions, Part } from "../block";
import type { Layer, NetworkOptions, StatefulLayer, StatefulOptions } from "../types";
import { childrenOf, isLayer } from "./init-parts";
import { namedError } from "./named-error";

type Named = Readonly<Record<string, unknown>>;

/** Sets the keys that layers get apart from those that a network may derive from the same key by small numbers. */
const stream = 0x6c617972;

const joined = (path: string, name: string): string =>
  path === "" || name === "" ? path + name : `${path}.${name}`;

/** One pass through a network: its parts as functions, and the states that they leave. */
export class Run {
  private readonly options: NetworkOptions & ObserveOptions;
  private readonly states = new Map<string, unknown>();
  private uses = 0;
  constructor(options: NetworkOptions & ObserveOptions) {
    this.options = options;
  }

  /** A function (x, options) → y with the property `params` in the place of every layer. */
  calls(part: Part, params: unknown, state: unknown, path: string): unknown {
    if (part === null) return null;
    if (params === undefined || (!isLayer(part) && (params === null || isTensor(params)))) {
      const place = path === "" ? "" : ` for "${path}"`;
      throw new ArgumentError(
        `block: expected the parameters that init returns; got ${isTensor(params) ? "a tensor" : String(params)}${place}; pass those of this network`,
        { path },
      );
    }
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
    const { states } = this;
    const { observe } = this.options;
    const inner = "parts" in layer;
    const within = (o: Observation): void => observe?.({ ...o, name: joined(path, o.name) });
    const apply = (x: Tensor, options?: object): Tensor => {
      const passed = this.passed(options, state !== null);
      const all = inner && observe !== undefined ? { ...passed, observe: within } : passed;
      let y: Tensor;
      try {
        if (state === null) {
          y = (layer as Layer<unknown, unknown>).apply(params, x, all);
        } else {
          const before = states.has(path) ? states.get(path) : state;
          const stateful = layer as StatefulLayer<unknown, unknown>;
          const [out, after] = stateful.apply(params, before, x, all as StatefulOptions);
          states.set(path, after);
          y = out;
        }
      } catch (error) {
        throw namedError(error, (name) => joined(path, name));
      }
      const own = (layer as BlockCosts).multiplyAdds?.(x, y);
      if (!inner || own !== undefined) {
        observe?.({ name: path, layer, params, input: x, output: y, options, own });
      }
      return y;
    };
    return Object.assign(apply, { params });
  }

  /**
   * Options of a layer's call, with the network's `train` and a key of its own where it is given none. Layers with
   * state do as their network in any case.
   */
  private passed(options: NetworkOptions | undefined, stateful: boolean): object | undefined {
    const { train, key } = this.options;
    if (train === undefined && key === undefined) return options;
    const use = this.uses++;
    return {
      ...options,
      train: stateful ? train : (options?.train ?? train),
      // Made when it is read: most layers draw nothing.
      get key(): Tensor | undefined {
        return options?.key ?? (key && random.foldIn(random.foldIn(key, stream), use));
      },
    };
  }
}

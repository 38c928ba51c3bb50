import { random, type Tensor } from "@x/tensor";
import type { Part } from "../block";
import type { InitOptions, Layer, StatefulLayer } from "../types";

type AnyLayer = Layer<unknown, unknown> | StatefulLayer<unknown, unknown, unknown>;

/** True for a layer, false for a list or an object of parts. */
export const isLayer = (part: Part): part is AnyLayer =>
  part !== null && typeof (part as Partial<AnyLayer>).apply === "function";

/** Names and values of the children of a list or an object of parts. */
export const childrenOf = (part: Part): [string, Part][] => Object.entries(part as object);

/** A tree like the part's with something in the place of every layer. */
function mapParts(part: Part, f: (layer: AnyLayer) => unknown): unknown {
  if (part === null) return null;
  if (isLayer(part)) return f(part);
  if (Array.isArray(part)) return part.map((child) => mapParts(child, f));
  return Object.fromEntries(childrenOf(part).map(([name, child]) => [name, mapParts(child, f)]));
}

/** Roles of the axes of all parameters. */
export const dimsOfParts = (part: Part): unknown => mapParts(part, (layer) => layer.dims);

/** Parameters and states of all parts; the state of a part that has none is null. */
export function initParts(
  part: Part,
  key: Tensor,
  options: InitOptions,
): { params: unknown; state: unknown } {
  if (part === null) return { params: null, state: null };
  if (isLayer(part)) {
    const made = part.init(key, options);
    return isParamsAndState(made) ? made : { params: made, state: null };
  }
  const children = childrenOf(part);
  const keys = random.split(key, children.length);
  const made = children.map(([name, child], i) => {
    return [name, initParts(child, keys[i] as Tensor, options)] as const;
  });
  const stateful = made.filter(([, { state }]) => state !== null);
  if (Array.isArray(part)) {
    return {
      params: made.map(([, { params }]) => params),
      state: stateful.length === 0 ? null : made.map(([, { state }]) => state),
    };
  }
  return {
    params: Object.fromEntries(made.map(([name, { params }]) => [name, params])),
    state:
      stateful.length === 0
        ? null
        : Object.fromEntries(stateful.map(([name, { state }]) => [name, state])),
  };
}

/** What a layer with state begins with. */
function isParamsAndState(made: unknown): made is { params: unknown; state: unknown } {
  const keys = Object.keys((made ?? {}) as object);
  return keys.length === 2 && keys.includes("params") && keys.includes("state");
}

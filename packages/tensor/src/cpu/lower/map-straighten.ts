import { bytesOf } from "../../dtype";
import { contiguousStrides, sizeOf } from "../../shape";
import type { Launch } from "../launch";
import type { View } from "../view";
import { copyInto } from "./copy";

/** Domains smaller than this lie in the caches whichever way they are walked. */
const smallest = 8192;

/**
 * True if walking a view along its last axis jumps through memory although another axis would not.
 *
 * Reading such a view block by block would fetch a cache line for every element.
 */
function isTurned(view: View, elements: number): boolean {
  if (elements < smallest) return false;
  const steps = view.strides.map(Math.abs).filter((_, axis) => (view.shape[axis] as number) > 1);
  const inner = steps.pop() ?? 0;
  return inner > 1 && steps.some((s) => s !== 0 && s < inner);
}

/** The part of a view that is not repeated. */
const distinct = (view: View): number[] =>
  view.shape.map((size, axis) => (view.strides[axis] === 0 ? 1 : size));

const bytes = (view: View): number =>
  Math.ceil((sizeOf(distinct(view)) * bytesOf(view.dtype)) / 64) * 64;

/** Scratch bytes that {@link straighten} needs. */
export function straightenedBytes(views: readonly View[], elements: number): number {
  let total = 0;
  for (const view of views) if (isTurned(view, elements)) total += bytes(view);
  return total;
}

/** Replaces transposed views by contiguous copies in scratch memory, which are made tile by tile. */
export function straighten(
  views: readonly View[],
  elements: number,
  scratch: number,
): { views: readonly View[]; launches: readonly Launch[] } {
  const launches: Launch[] = [];
  let at = scratch;
  const straight = views.map((view) => {
    if (!isTurned(view, elements)) return view;
    const shape = distinct(view);
    const steps = contiguousStrides(shape);
    const copy: View = { pointer: at, dtype: view.dtype, shape, strides: steps };
    launches.push(copyInto({ ...view, shape }, copy));
    at += bytes(view);
    return {
      ...copy,
      shape: view.shape,
      strides: steps.map((s, axis) => (view.strides[axis] === 0 ? 0 : s)),
    };
  });
  return { views: straight, launches };
}

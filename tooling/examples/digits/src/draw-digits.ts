import { type Digits, pixels, side } from "./digits";
import { glyphs, type Point, type Stroke } from "./strokes";

/** A source of uniform numbers, 0 ≤ u < 1. */
export type Uniform = () => number;

type Segment = readonly [ax: number, ay: number, bx: number, by: number];

/**
 * Draws handwritten digits: glyphs whose points are shaken, then slanted, turned, stretched, shifted,
 * drawn with a pen of some thickness and sprinkled with noise.
 *
 * @param count - how many; every ten hold each digit once
 * @param uniform - the only source of chance: the same numbers give the same digits
 */
export function drawDigits(count: number, uniform: Uniform): Digits {
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = i % 10;
    labels[i] = label;
    drawOne(label, images.subarray(i * pixels, (i + 1) * pixels), uniform);
  }
  return { images, labels };
}

function drawOne(label: number, image: Uint8Array, uniform: Uniform): void {
  const forms = glyphs[label] as (typeof glyphs)[number];
  const strokes = forms[Math.floor(uniform() * forms.length)] as readonly Stroke[];
  const place = placement(uniform);
  const segments: Segment[] = [];
  for (const { points, curved } of strokes) {
    const shaken = points.map(
      ([x, y]): Point => [x + between(uniform, -0.085, 0.085), y + between(uniform, -0.085, 0.085)],
    );
    const path = (curved ? spline(shaken) : shaken).map(place);
    for (let i = 1; i < path.length; i++) {
      segments.push([...(path[i - 1] as Point), ...(path[i] as Point)]);
    }
  }
  const radius = between(uniform, 0.7, 1.7);
  const ink = between(uniform, 0.75, 1);
  const noise = between(uniform, 0, 0.12);
  const distances = distancesTo(segments, radius + 0.5);
  for (let p = 0; p < pixels; p++) {
    const covered = Math.min(1, radius + 0.5 - Math.sqrt(distances[p] as number));
    // Paper stays clean: the noise is the pen's.
    if (covered <= 0) continue;
    const shade = ink * covered * (1 + noise * (2 * uniform() - 1));
    image[p] = Math.round(255 * Math.min(1, shade));
  }
  speckle(image, uniform);
}

const between = (uniform: Uniform, low: number, high: number): number =>
  low + (high - low) * uniform();

/** A random map from the glyph's box to pixels: slant, turn, width and height, and shift. */
function placement(uniform: Uniform): (point: Point) => Point {
  const slant = between(uniform, -0.25, 0.5);
  const turn = between(uniform, -0.3, 0.3);
  const [width, height] = [between(uniform, 11, 20), between(uniform, 15, 21)];
  const [dx, dy] = [between(uniform, -2, 2), between(uniform, -2, 2)];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return ([x, y]) => {
    const v = (y - 0.5) * height;
    const u = (x - 0.5) * width - slant * v;
    return [side / 2 + dx + cos * u - sin * v, side / 2 + dy + sin * u + cos * v];
  };
}

/** Points on the Catmull–Rom spline through the given ones, ends doubled. */
function spline(points: readonly Point[]): Point[] {
  const at = (i: number): Point => points[Math.min(points.length - 1, Math.max(0, i))] as Point;
  const path: Point[] = [at(0)];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let step = 1; step <= 4; step++) {
      const t = step / 4;
      const blend = (axis: 0 | 1): number =>
        b[axis] +
        (t / 2) *
          (c[axis] -
            a[axis] +
            t * (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) +
            t * t * (3 * (b[axis] - c[axis]) + d[axis] - a[axis]));
      path.push([blend(0), blend(1)]);
    }
  }
  return path;
}

/** Squared distance of each pixel's centre to the nearest segment, where it is below `reach`. */
function distancesTo(segments: readonly Segment[], reach: number): Float64Array {
  const nearest = new Float64Array(pixels).fill(Number.POSITIVE_INFINITY);
  const first = (a: number, b: number): number => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const last = (a: number, b: number): number => Math.min(side - 1, Math.max(a, b) + reach);
  for (const [ax, ay, bx, by] of segments) {
    const [dx, dy] = [bx - ax, by - ay];
    const scale = 1 / (dx * dx + dy * dy || 1);
    const [endX, endY] = [last(ax, bx), last(ay, by)];
    for (let y = first(ay, by); y <= endY; y++) {
      for (let x = first(ax, bx); x <= endX; x++) {
        const px = x + 0.5 - ax;
        const py = y + 0.5 - ay;
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) * scale));
        const ex = px - t * dx;
        const ey = py - t * dy;
        const p = y * side + x;
        nearest[p] = Math.min(nearest[p] as number, ex * ex + ey * ey);
      }
    }
  }
  return nearest;
}

/** A few faint specks of dirt. */
function speckle(image: Uint8Array, uniform: Uniform): void {
  for (let n = Math.floor(uniform() * 6); n > 0; n--) {
    const p = Math.floor(uniform() * pixels);
    image[p] = Math.max(image[p] as number, Math.floor(uniform() * 90));
  }
}

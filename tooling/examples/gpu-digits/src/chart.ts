import { label, shape } from "example-page/svg";
import { type BackendName, titles } from "./backends";

/** A run's losses, one per step. */
export interface Curve {
  readonly backend: BackendName;
  readonly losses: readonly number[];
}

/** Room around the curves for the labels, in pixels. */
const margin = { left: 44, right: 12, top: 12, bottom: 36 };

/** Powers of ten, twice and five times: even distances, nearly, where ratios are what counts. */
const lossTicks = [0.001, 0.01, 0.1, 1, 10].flatMap((power) =>
  [1, 2, 5].map((digit) => Number((digit * power).toPrecision(1))),
);

/** Round steps, four to eight of them, from 0 to the last. */
function stepTicks(last: number): number[] {
  const power = 10 ** Math.floor(Math.log10(last));
  const distance = [0.2, 0.5, 1, 2].map((d) => d * power).find((d) => last / d <= 8) as number;
  const whole = Math.max(1, Math.round(distance));
  return Array.from({ length: Math.floor(last / whole) + 1 }, (_, i) => i * whole);
}

/**
 * Draws losses over steps; the losses' axis is logarithmic.
 *
 * @param curves - the last lies on top
 * @param steps - length of the axis of steps
 */
export function drawChart(svg: SVGElement, curves: readonly Curve[], steps: number): void {
  const { clientWidth: width, clientHeight: height } = svg;
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const all = curves.flatMap(({ losses }) => losses.filter((loss) => loss > 0));
  const lowest = lossTicks.findLast((t) => t <= Math.min(1, ...all)) ?? 0.001;
  const highest = lossTicks.find((t) => t >= Math.max(2.5, ...all)) ?? 50;
  const x = (step: number): number => margin.left + ((right - margin.left) * step) / steps;
  const y = (loss: number): number => {
    const share = Math.log(Math.max(loss, lowest) / lowest) / Math.log(highest / lowest);
    return bottom - (bottom - margin.top) * Math.min(1, share);
  };
  const parts: SVGElement[] = [];
  for (const t of lossTicks.filter((t) => t >= lowest && t <= highest)) {
    parts.push(
      shape("line", { x1: margin.left, x2: right, y1: y(t), y2: y(t), class: "grid" }),
      label(String(t), { x: margin.left - 8, y: y(t) + 4, "text-anchor": "end" }),
    );
  }
  for (const step of stepTicks(steps))
    parts.push(label(String(step), { x: x(step), y: bottom + 18, "text-anchor": "middle" }));
  parts.push(label("steps", { x: right, y: bottom + 34, "text-anchor": "end" }));
  for (const { backend, losses } of curves) {
    const points = losses.map((loss, i) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`);
    parts.push(shape("polyline", { points: points.join(" "), class: `curve ${backend}` }));
  }
  const title = shape("title", { id: "chart-title" });
  title.textContent = describe(curves);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(title, ...parts);
}

function describe(curves: readonly Curve[]): string {
  const runs = curves
    .filter(({ losses }) => losses.length > 0)
    .map(
      ({ backend, losses }) =>
        `${titles[backend]} from ${losses[0]?.toFixed(2)} to ${losses.at(-1)?.toFixed(2)} in ${losses.length} steps`,
    );
  return runs.length === 0 ? "Loss by step, no run yet" : `Loss by step: ${runs.join("; ")}`;
}

/** An entry for every backend with a curve. */
export function drawLegend(list: HTMLElement, curves: readonly Curve[]): void {
  const items = curves.map(({ backend }) => {
    const item = document.createElement("li");
    const mark = shape("svg", { viewBox: "0 0 30 12", "aria-hidden": "true" });
    mark.append(shape("line", { x1: 0, x2: 30, y1: 6, y2: 6, class: `curve ${backend}` }));
    item.append(mark, titles[backend]);
    return item;
  });
  list.replaceChildren(...items);
}

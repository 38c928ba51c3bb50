import { label, shape } from "example-page/svg";

/** A measured distance. */
export interface Reading {
  readonly step: number;
  readonly distance: number;
}

/** A curve of the chart; the class gives its colour. */
export interface Curve {
  readonly className: string;
  readonly readings: readonly Reading[];
}

const margin = { left: 44, right: 12, top: 10, bottom: 26 };
/** Distances below it are drawn at it. */
const lowest = 1e-3;

/** Draws distances over steps, the distances on a logarithmic axis from 0.001 to 2. */
export function drawChart(svg: SVGElement, curves: readonly Curve[], steps: number): void {
  const { clientWidth: width, clientHeight: height } = svg;
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const x = (step: number): number => margin.left + ((right - margin.left) * step) / steps;
  const y = (distance: number): number => {
    const share = Math.log(Math.max(distance, lowest) / lowest) / Math.log(2 / lowest);
    return bottom - (bottom - margin.top) * Math.min(1, share);
  };
  const parts: SVGElement[] = [];
  for (const tick of [0.001, 0.01, 0.1, 1]) {
    parts.push(
      shape("line", { x1: margin.left, x2: right, y1: y(tick), y2: y(tick), class: "grid" }),
      label(String(tick), { x: margin.left - 8, y: y(tick) + 4, "text-anchor": "end" }),
    );
  }
  for (const share of [0, 0.5, 1])
    parts.push(
      label(String(Math.round(share * steps)), {
        x: x(share * steps),
        y: bottom + 18,
        "text-anchor": share === 1 ? "end" : "middle",
      }),
    );
  for (const { className, readings } of curves) {
    const points = readings.map((r) => `${x(r.step).toFixed(1)},${y(r.distance).toFixed(1)}`);
    parts.push(shape("polyline", { points: points.join(" "), class: `curve ${className}` }));
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(...parts);
}

import type { TopLevelSpec } from "vega-lite";

/** Colours of the series, first to last; distinguishable without seeing red and green. */
const range = [
  "#1b6ca8",
  "#d8641a",
  "#6f7f8c",
  "#2f9e77",
  "#8d5fb0",
  "#c2a01c",
  "#c8401b",
  "#444",
  "#e377a8",
  "#17a3b8",
  "#7a4a2b",
];

/** A point of a line. */
export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Which colour. */
  readonly series: string;
  /** Which of several lines of the series, such as a seed; default one line. */
  readonly line?: number;
}

/** What {@link lines} draws. */
export interface LinesOptions {
  readonly values: readonly LinePoint[];
  /** Axis title. */
  readonly x: string;
  /** Axis title. */
  readonly y: string;
  /** Names of the series in the order of the legend. */
  readonly series: readonly string[];
  /** Logarithmic axes; default neither. */
  readonly log?: readonly ("x" | "y")[];
  /** A number format of the y axis as of d3, such as `.0%`. */
  readonly format?: string;
  /** A dashed horizontal line, such as the loss to be reached. */
  readonly target?: number;
  /** Marks the points, too; default false. */
  readonly points?: boolean;
}

/** The look that all plots share. */
export const plotConfig: NonNullable<TopLevelSpec["config"]> = {
  font: "system-ui, sans-serif",
  background: "white",
  view: { stroke: "transparent" },
  axis: {
    gridColor: "#ececec",
    domainColor: "#999",
    tickColor: "#999",
    labelColor: "#444",
    titleFontWeight: 500,
  },
  legend: { labelLimit: 320 },
};

/** Lines of several series over common axes. */
export function lines(options: LinesOptions): TopLevelSpec {
  const { values, series, log = [], format, target, points = false } = options;
  const scale = (axis: "x" | "y"): object =>
    log.includes(axis) ? { type: "log", nice: false, padding: 6 } : { zero: false, nice: true };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: `${options.y} by ${options.x}`,
    width: 420,
    height: 260,
    config: plotConfig,
    data: { values: [...values] },
    layer: [
      {
        mark: { type: "line", point: points, strokeWidth: 2, clip: true },
        encoding: {
          x: {
            field: "x",
            type: "quantitative",
            title: options.x,
            axis: { grid: false },
            scale: scale("x"),
          },
          y: {
            field: "y",
            type: "quantitative",
            title: options.y,
            axis: format === undefined ? {} : { format },
            scale: scale("y"),
          },
          detail: { field: "line" },
          color: {
            field: "series",
            type: "nominal",
            title: null,
            scale: { domain: [...series], range },
            legend: { orient: "top", columns: 2 },
          },
        },
      },
      ...(target === undefined
        ? []
        : [
            {
              mark: { type: "rule" as const, strokeDash: [4, 4], color: "#888" },
              encoding: { y: { datum: target } },
            },
          ]),
    ],
  };
}

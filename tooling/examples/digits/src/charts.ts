import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { EpochResult } from "./history";

/** A plot: its specification, and what it looks like. */
export interface Chart {
  readonly specification: TopLevelSpec;
  readonly svg: string;
}

const config: NonNullable<TopLevelSpec["config"]> = {
  font: "system-ui, sans-serif",
  background: "transparent",
  view: { stroke: "transparent" },
  axis: { gridColor: "#e5e5e5", domainColor: "#999", tickColor: "#999", labelColor: "#444" },
};

/** Loss or accuracy by epoch, in training and on the test images. */
export function curves(
  history: readonly EpochResult[],
  quantity: "loss" | "accuracy",
): TopLevelSpec {
  const values = history.flatMap(({ epoch, train, test }) => [
    { epoch, on: "training images", value: train[quantity] },
    { epoch, on: "test images", value: test[quantity] },
  ]);
  const percent = quantity === "accuracy";
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: `${quantity} by epoch`,
    width: 400,
    height: 240,
    config,
    data: { values },
    mark: { type: "line", point: history.length <= 40, strokeWidth: 2 },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        title: "epoch",
        axis: { tickMinStep: 1, grid: false, format: "d" },
        scale: { nice: false },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: quantity,
        axis: percent ? { format: ".1%" } : {},
        scale: percent ? { zero: false } : { type: "log", nice: false, padding: 8 },
      },
      color: {
        field: "on",
        type: "nominal",
        title: null,
        scale: { domain: ["training images", "test images"], range: ["#9aa5b1", "#1b6ca8"] },
        legend: { orient: "top" },
      },
    },
  };
}

/** How often each digit was taken for each. @param confusion - counts [true digit][answer] */
export function confusionMatrix(confusion: readonly (readonly number[])[]): TopLevelSpec {
  const values = confusion.flatMap((row, truth) => {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    return row.map((count, answer) => ({ truth, answer, count, share: count / total }));
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: "Confusion matrix: true digits by row, answers by column",
    width: 360,
    height: 360,
    config: { ...config, axis: { ...config.axis, domain: false, ticks: false, grid: false } },
    data: { values },
    encoding: {
      x: {
        field: "answer",
        type: "ordinal",
        title: "answer",
        axis: { orient: "top", labelAngle: 0 },
      },
      y: { field: "truth", type: "ordinal", title: "true digit" },
    },
    layer: [
      {
        mark: { type: "rect", cornerRadius: 2 },
        encoding: {
          color: {
            condition: {
              test: "datum.truth === datum.answer",
              value: "#d7ebd8",
            },
            field: "share",
            type: "quantitative",
            legend: null,
            scale: {
              domain: [0, 0.05],
              range: ["#ffffff", "#e8663d"],
              interpolate: "rgb",
              clamp: true,
            },
          },
        },
      },
      {
        transform: [{ filter: "datum.count > 0" }],
        mark: { type: "text", fontSize: 12 },
        encoding: { text: { field: "count", type: "quantitative" } },
      },
    ],
  };
}

/** Draws a specification as SVG, without a browser. */
export async function draw(specification: TopLevelSpec): Promise<Chart> {
  const view = new View(parse(compile(specification).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return { specification, svg };
}

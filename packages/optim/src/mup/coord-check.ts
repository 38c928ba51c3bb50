import { ArgumentError, type Tensor } from "@x/tensor";

/** A network of one width, being trained. */
export interface CoordCheckModel {
  /** Activations on a fixed batch, by name, at the present parameters. */
  activations(): Readonly<Record<string, Tensor>>;
  /** Takes one step of training. */
  step(): void;
}

/** What {@link coordCheck} compares. */
export interface CoordCheckOptions {
  /** At least two. */
  readonly widths: readonly number[];
  /** A new network of a width; runs with different seeds are averaged. */
  readonly model: (width: number, seed: number) => CoordCheckModel;
  /** Steps of training; default 5. */
  readonly steps?: number;
  /** Number of seeds 0, 1, …; default 1. */
  readonly seeds?: number;
}

/** Size and change of one activation. */
export interface CoordCheckRow {
  readonly name: string;
  readonly width: number;
  /** Steps taken, from 0. */
  readonly step: number;
  /** Root mean square over entries and seeds. */
  readonly rms: number;
  /** Root mean square of the difference from step 0. */
  readonly change: number;
}

/** Table, powers and picture. */
export interface CoordCheckResult {
  readonly rows: readonly CoordCheckRow[];
  /** By activation: s where the change after the last step grows as width^s. About 0 is what muP promises. */
  readonly slopes: Readonly<Record<string, number>>;
  /** A Vega-Lite specification: change against width, a line for each step, a panel for each activation. */
  plot(): Record<string, unknown>;
}

/**
 * Trains networks of several widths for a few steps and measures how far their activations move.
 *
 * In a sound parametrisation the changes do not depend on the width; where they grow, wide networks blow up, where
 * they shrink, wide networks do not learn features.
 *
 * @throws ArgumentError for fewer than two widths, or activations that differ from width to width
 * @example
 * const { slopes } = coordCheck({ widths: [64, 256, 1024], model: (width, seed) => network(width, seed) });
 * @see Yang et al. 2022, "Tensor Programs V", appendix D.1
 */
export function coordCheck(options: CoordCheckOptions): CoordCheckResult {
  const { widths, model, steps = 5, seeds = 1 } = options;
  if (widths.length < 2 || new Set(widths).size < widths.length) {
    throw new ArgumentError(
      `coordCheck: expected at least two different widths; got [${widths.join(", ")}]`,
      { widths },
    );
  }
  for (const [name, x] of Object.entries({ steps, seeds })) {
    if (!Number.isInteger(x) || x < 1) {
      throw new ArgumentError(`coordCheck: expected ${name}, an integer ≥ 1; got ${x}`, {
        [name]: x,
      });
    }
  }
  const rows = widths.flatMap((width) => {
    const runs = Array.from({ length: seeds }, (_, seed) => measure(model(width, seed), steps));
    return averaged(runs, width);
  });
  const names = [...new Set(rows.map(({ name }) => name))];
  const last = rows.filter(({ step }) => step === steps);
  const slopes = names.map((name) => {
    const points = last.filter((row) => row.name === name);
    if (points.length === widths.length) return [name, slope(points)] as const;
    throw new ArgumentError(
      `coordCheck: expected the same activations for every width; ${name} is there for ${points.map(({ width }) => width).join(", ")} only`,
      { name },
    );
  });
  return { rows, slopes: Object.fromEntries(slopes), plot: () => picture(rows) };
}

type Measured = Omit<CoordCheckRow, "width">;

function measure(model: CoordCheckModel, steps: number): Measured[] {
  const start = model.activations();
  const rows: Measured[] = [];
  for (let step = 0; step <= steps; step++) {
    if (step > 0) model.step();
    for (const [name, x] of Object.entries(step === 0 ? start : model.activations())) {
      const from = start[name];
      const change = step === 0 || from === undefined ? 0 : rootMeanSquare(x.sub(from));
      rows.push({ name, step, rms: rootMeanSquare(x), change });
    }
  }
  return rows;
}

const rootMeanSquare = (x: Tensor): number => x.cast("f64").square().mean().sqrt().item();

const quadraticMean = (xs: readonly number[]): number =>
  Math.sqrt(xs.reduce((sum, x) => sum + x * x, 0) / xs.length);

const averaged = (runs: readonly Measured[][], width: number): CoordCheckRow[] =>
  (runs[0] as Measured[]).map(({ name, step }, i) => {
    const same = runs.map((run) => run[i] as Measured);
    return {
      name,
      width,
      step,
      rms: quadraticMean(same.map(({ rms }) => rms)),
      change: quadraticMean(same.map(({ change }) => change)),
    };
  });

/** Least-squares slope of log change against log width. */
function slope(points: readonly CoordCheckRow[]): number {
  const xs = points.map(({ width }) => Math.log(width));
  const ys = points.map(({ change }) => Math.log(change));
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  const along = xs.reduce((sum, x, i) => sum + (x - x0) * ((ys[i] as number) - y0), 0);
  return along / xs.reduce((sum, x) => sum + (x - x0) ** 2, 0);
}

const picture = (rows: readonly CoordCheckRow[]): Record<string, unknown> => ({
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  description: "Change of activations in the first steps of training, by width",
  // A logarithmic axis has no place for 0 and no number for what has blown up.
  data: { values: rows.filter(({ change }) => change > 0 && Number.isFinite(change)) },
  facet: { field: "name", type: "nominal", title: null },
  spec: {
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "width", type: "quantitative", scale: { type: "log", base: 2 } },
      y: { field: "change", type: "quantitative", scale: { type: "log" }, title: "RMS change" },
      color: { field: "step", type: "ordinal" },
    },
  },
});

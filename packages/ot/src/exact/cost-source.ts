import type { CostName } from "../costs/cost";
import type { Matrix } from "../internal/read";
import { pickBlock } from "../internal/support";
import type { Workspace } from "../internal/workspace";

/** Where a solver takes costs from: a matrix, or two clouds of points between which it computes them when needed. */
export interface CostSource {
  readonly rows: number;
  readonly columns: number;
  /** Number of the formula in the kernels; 0 for a matrix. */
  readonly kind: number;
  /** The matrix, C order. */
  readonly matrix?: Float64Array;
  /** [n, d] and [m, d]. */
  readonly points?: readonly [Matrix, Matrix];
}

const kinds: Record<CostName, number> = {
  sqeuclidean: 1,
  euclidean: 2,
  cityblock: 3,
  cosine: 4,
  dot: 5,
};

/** The costs of a matrix. */
export const matrixCosts = ({ data, rows, columns }: Matrix): CostSource => ({
  rows,
  columns,
  kind: 0,
  matrix: data,
});

/** The costs between points, computed from their coordinates: memory grows like n + m. */
export function pointCosts(X: Matrix, Y: Matrix, cost: CostName): CostSource {
  const points: [Matrix, Matrix] = cost === "cosine" ? [normalized(X), normalized(Y)] : [X, Y];
  return { rows: X.rows, columns: Y.rows, kind: kinds[cost], points };
}

/** Rows of unit length; rows of zeros remain. */
function normalized({ data, rows, columns }: Matrix): Matrix {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    const length = Math.hypot(...row);
    if (length > 0)
      out.set(
        row.map((x) => x / length),
        i * columns,
      );
  }
  return { data: out, rows, columns };
}

/** The costs of some rows and columns. */
export function pickCosts(
  source: CostSource,
  rows: Int32Array | undefined,
  columns: Int32Array | undefined,
): CostSource {
  if (rows === undefined && columns === undefined) return source;
  const size = { rows: rows?.length ?? source.rows, columns: columns?.length ?? source.columns };
  if (source.points !== undefined) {
    const [X, Y] = source.points;
    const points: [Matrix, Matrix] = [pickRows(X, rows), pickRows(Y, columns)];
    return { ...size, kind: source.kind, points };
  }
  const whole = { data: source.matrix as Float64Array, rows: source.rows, columns: source.columns };
  return matrixCosts(pickBlock(whole, rows, columns));
}

const pickRows = (points: Matrix, rows: Int32Array | undefined): Matrix =>
  pickBlock(points, rows, undefined);

/** The costs with rows and columns exchanged. */
export function transposeCosts(source: CostSource): CostSource {
  const { rows, columns, kind, matrix, points } = source;
  if (points !== undefined)
    return { rows: columns, columns: rows, kind, points: [points[1], points[0]] };
  const data = transpose({ data: matrix as Float64Array, rows, columns });
  return { rows: columns, columns: rows, kind, matrix: data };
}

function transpose({ data, rows, columns }: Matrix): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] as number;
  return out;
}

/** Words of the argument block of the kernels from `kind` to `y`. */
export function placeCosts(workspace: Workspace, source: CostSource): readonly number[] {
  const { columns, kind, matrix, points } = source;
  if (points === undefined) return [kind, 0, placeLoose(workspace, matrix as Float64Array), 0, 0];
  const [X, Y] = points;
  const row = workspace.f64(columns + 1);
  return [kind, X.columns, row, workspace.place(X.data), workspace.place(transpose(Y))];
}

/** A copy with room for one more element, which vector instructions may read. */
export function placeLoose(workspace: Workspace, values: Float64Array): number {
  const address = workspace.f64(values.length + 1);
  workspace.kernels.f64.set(values, address / 8);
  return address;
}

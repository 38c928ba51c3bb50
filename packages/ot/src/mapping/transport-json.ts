import { ArgumentError, ShapeError } from "@x/tensor";
import type { CostName } from "../costs/cost";
import { costFunction } from "../costs/cost-matrix";
import { type Matrix, readMatrix, readVector, readWeights } from "../internal/read";
import type { Values } from "../values";
import type { Fit } from "./fit";
import type { FittedMap, SoftPoints } from "./fitted-map";
import type { TransportOptions } from "./transport-options";

type Rows = number[][];

interface SoftJSON {
  readonly points: Rows;
  readonly weights: number[];
  readonly potential: number[];
}

type MapJSON =
  | { readonly kind: "affine"; readonly A: Rows; readonly offset: number[] }
  | { readonly kind: "nearest"; readonly from: Rows; readonly to: Rows }
  | {
      readonly kind: "entropic";
      readonly eps: number;
      readonly cost: CostName;
      readonly target: SoftJSON;
      readonly source?: SoftJSON;
    };

/** A fitted `Transport` as plain data. */
export interface TransportJSON {
  readonly type: "@x/ot/transport";
  readonly version: 1;
  readonly method: TransportOptions["method"];
  readonly converged: boolean;
  readonly status: string;
  readonly map: MapJSON;
}

const rowsOf = ({ data, rows, columns }: Matrix): Rows =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);

const softOf = ({ points, weights, potential }: SoftPoints): SoftJSON => ({
  points: rowsOf(points),
  weights: [...weights],
  potential: [...potential],
});

function mapOf(map: FittedMap): MapJSON {
  if (map.kind === "affine") return { kind: "affine", A: rowsOf(map.A), offset: [...map.offset] };
  if (map.kind === "nearest")
    return { kind: "nearest", from: rowsOf(map.from), to: rowsOf(map.to) };
  const { eps, cost, target, source } = map;
  if (typeof cost === "function") {
    throw new ArgumentError(
      "Transport.toJSON: expected a cost by name; got a function, which is no data; fit with a named cost",
    );
  }
  const own = source && { source: softOf(source) };
  return { kind: "entropic", eps, cost, target: softOf(target), ...own };
}

/** A fit as plain data. */
export const writeTransport = (
  method: TransportOptions["method"],
  { map, converged, status }: Fit,
): TransportJSON => ({
  type: "@x/ot/transport",
  version: 1,
  ...{ method, converged, status, map: mapOf(map) },
});

const NAME = "Transport.fromJSON";
const methods = ["emd", "sinkhorn", "classes", "gaussian"] as const;

function refuse(what: string, got: unknown): never {
  throw new ArgumentError(`${NAME}: expected ${what}; got ${JSON.stringify(got)?.slice(0, 40)}`);
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, what: string): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : refuse(what, value);
}

/** A matrix of numbers with a given number of columns. */
function rows(value: unknown, name: string, columns?: number): Matrix {
  if (!Array.isArray(value)) refuse(`rows of numbers in ${name}`, value);
  const matrix = readMatrix(NAME, name, value as Values);
  if (columns === undefined || matrix.columns === columns) return matrix;
  throw new ShapeError(`${NAME}: expected ${columns} columns in ${name}; got ${matrix.columns}`);
}

function list(value: unknown, name: string, length: number): Float64Array {
  if (!Array.isArray(value)) refuse(`numbers in ${name}`, value);
  return readVector(NAME, name, value as Values, length);
}

function soft(value: unknown, name: string, columns?: number): SoftPoints {
  const { points, weights, potential } = fields(value, `points with potentials in ${name}`);
  const matrix = rows(points, `${name}.points`, columns);
  const w = list(weights, `${name}.weights`, matrix.rows);
  return {
    points: matrix,
    weights: readWeights(NAME, `${name}.weights`, w, matrix.rows),
    potential: list(potential, `${name}.potential`, matrix.rows),
  };
}

function readMap(value: unknown): FittedMap {
  const map = fields(value, "a map");
  if (map["kind"] === "affine") {
    const A = rows(map["A"], "A");
    return {
      kind: "affine",
      A: rows(map["A"], "A", A.rows),
      offset: list(map["offset"], "offset", A.rows),
    };
  }
  if (map["kind"] === "nearest") {
    const from = rows(map["from"], "from");
    const to = rows(map["to"], "to", from.columns);
    if (to.rows !== from.rows)
      throw new ShapeError(
        `${NAME}: expected as many images as points; got ${to.rows} and ${from.rows}`,
      );
    return { kind: "nearest", from, to };
  }
  if (map["kind"] !== "entropic") refuse("a map of kind affine, nearest or entropic", map["kind"]);
  const { eps, cost } = map;
  if (!(typeof eps === "number" && eps > 0 && eps < Infinity)) refuse("eps > 0", eps);
  if (typeof cost !== "string") refuse("a cost by name", cost);
  costFunction(NAME, cost as CostName);
  const target = soft(map["target"], "target");
  const { source } = map;
  return {
    ...{ kind: "entropic", eps, cost: cost as CostName, target },
    ...(source !== undefined && { source: soft(source, "source", target.points.columns) }),
  };
}

/** What {@link writeTransport} wrote, checked. */
export function readTransport(json: unknown): {
  readonly method: TransportOptions["method"];
  readonly fit: Fit;
} {
  const { type, version, method, converged, status, map } = fields(json, "a transport");
  if (type !== "@x/ot/transport" || version !== 1)
    refuse("type @x/ot/transport in version 1", { type, version });
  const known = methods.find((m) => m === method) ?? refuse(`method ${methods.join(", ")}`, method);
  if (typeof converged !== "boolean" || typeof status !== "string")
    refuse("converged and status", { converged, status });
  return { method: known, fit: { converged, status, map: readMap(map) } };
}

import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import { costMatrix } from "../costs/cost-matrix";
import { emd } from "../exact/emd";
import type { SparsePlan } from "../exact/sparse-plan";
import { empiricalGaussianMap } from "../gaussian/gaussian-map";
import { checkChoice } from "../internal/choice";
import { checkOptionNames } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { type Matrix, readMasses, readMatrix } from "../internal/read";
import { pickBlock, support } from "../internal/support";
import type { OTResult } from "../result";
import { readEps } from "../sinkhorn/prepare";
import { sinkhorn } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { means } from "./barycentric-map";
import { classPlan, readLabels } from "./class-plan";
import type { FittedMap, SoftPoints } from "./fitted-map";
import {
  type ClassTransportOptions,
  DATA_NAMES,
  type GaussianTransportOptions,
  type SinkhornTransportOptions,
  type TransportData,
  type TransportOptions,
} from "./transport-options";

const NAME = "Transport.fit";

/** A map and how the plan behind it was found. */
export interface Fit {
  readonly map: FittedMap;
  readonly converged: boolean;
  readonly status: string;
}

/** Checked clouds. */
interface Clouds {
  readonly x: Matrix;
  readonly y: Matrix;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

function read({ X, Y, a, b }: TransportData): Clouds {
  const [x, y] = [readMatrix(NAME, "X", X), readMatrix(NAME, "Y", Y)];
  if (x.columns !== y.columns) {
    throw new ShapeError(
      `${NAME}: expected points of one dimension; got X in ${x.columns}, Y in ${y.columns}`,
      { X: x.columns, Y: y.columns },
    );
  }
  return { x, y, ...readMasses(NAME, a, b, x.rows, y.rows) };
}

/** Fits a map. */
export function fitMap(data: TransportData, options: TransportOptions): Fit {
  checkOptionsGiven(NAME, data, "{ X, Y }", "an object with X, Y");
  checkOptionNames(NAME, data, DATA_NAMES, "an object with");
  const clouds = read(data);
  switch (options.method) {
    case "gaussian":
      return fitGaussian(clouds, options);
    case "sinkhorn":
      return fitSinkhorn(clouds, options);
    case "classes":
      return fitClasses(clouds, data, options);
    case "emd": {
      const C = costMatrix(asTensor(clouds.x), asTensor(clouds.y), options.cost);
      const { plan, converged, status } = emd(clouds.a, clouds.b, C);
      return { map: nearestMap(clouds, plan), converged, status };
    }
  }
}

const asTensor = ({ data, rows, columns }: Matrix): Tensor =>
  tensor(data, { shape: [rows, columns] });

/** Points without mass have no image, and stay out. */
function nearestMap({ x, y, a }: Clouds, plan: Values | SparsePlan): FittedMap {
  const to = means(plan, y);
  const some = support(a);
  const rows = (z: Matrix): Matrix => pickBlock(z, some, undefined);
  return { kind: "nearest", from: rows(x), to: rows(to) };
}

function fitGaussian({ x, y, a, b }: Clouds, { reg }: GaussianTransportOptions): Fit {
  const { A, offset } = empiricalGaussianMap(asTensor(x), asTensor(y), { a, b, reg });
  const d = x.columns;
  const map: FittedMap = {
    kind: "affine",
    A: { data: A.dataSync() as Float64Array, rows: d, columns: d },
    offset: offset.dataSync() as Float64Array,
  };
  return { map, converged: true, status: "closed form" };
}

function fitSinkhorn(clouds: Clouds, options: SinkhornTransportOptions): Fit {
  const { cost = "sqeuclidean", outOfSample = "entropic", debiased = false } = options;
  checkChoice(NAME, "outOfSample", outOfSample, ["entropic", "nearest"]);
  if (debiased && (outOfSample !== "entropic" || cost !== "sqeuclidean")) {
    throw new ArgumentError(
      `${NAME}: expected outOfSample entropic and cost sqeuclidean with debiased; got ${outOfSample} and ${typeof cost === "string" ? cost : "a function"}`,
    );
  }
  const { x, y, a, b } = clouds;
  const { eps, tol, maxIterations, warn } = options;
  const settings = { eps, tol, maxIterations, warn };
  const solve = (p: Matrix, q: Matrix, u: Float64Array, v: Float64Array, given = eps): OTResult =>
    sinkhorn(u, v, costMatrix(asTensor(p), asTensor(q), cost), { ...settings, eps: given });
  const result = solve(x, y, a, b);
  const { status, converged } = result;
  if (outOfSample === "nearest")
    return { map: nearestMap(clouds, result.plan()), converged, status };
  const soft = (points: Matrix, weights: Float64Array, { g }: OTResult): SoftPoints => ({
    ...{ points, weights, potential: g.dataSync() as Float64Array },
  });
  const own = debiased ? solve(x, x, a, a, result.eps) : undefined;
  const map: FittedMap = {
    ...{ kind: "entropic", eps: result.eps, cost },
    target: soft(y, b, result),
    source: own && soft(x, a, own),
  };
  if (own === undefined) return { map, converged, status };
  return {
    map,
    converged: converged && own.converged,
    status: `${status}; X to itself: ${own.status}`,
  };
}

function fitClasses(clouds: Clouds, data: TransportData, options: ClassTransportOptions): Fit {
  const { cost, eta = 0.1, rounds = 10, tol, maxIterations, warn } = options;
  if (!(eta >= 0 && eta < Infinity))
    throw new ArgumentError(`${NAME}: expected a finite eta ≥ 0; got ${eta}`, { eta });
  if (!Number.isInteger(rounds) || rounds < 0)
    throw new ArgumentError(`${NAME}: expected a whole number of rounds ≥ 0; got ${rounds}`, {
      rounds,
    });
  const classes = readLabels(NAME, data.labels, clouds.x.rows);
  const costs = costMatrix(asTensor(clouds.x), asTensor(clouds.y), cost);
  const C = readMatrix(NAME, "costs", costs, { forbidden: true });
  // One ε for all rounds, although their costs differ.
  const eps = readEps(NAME, options.eps, C, clouds);
  const settings = { eps, eta, rounds, tol, maxIterations, warn };
  const result = classPlan(clouds.a, clouds.b, C, classes, settings);
  const { converged, status } = result;
  return { map: nearestMap(clouds, result.plan()), converged, status };
}

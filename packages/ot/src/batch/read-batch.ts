import { ArgumentError, isTensor, ShapeError, type Tensor, tensor } from "@x/tensor";
import { defaultEps } from "../costs/default-eps";
import { checkWays } from "../internal/paths";
import { elements, readMasses, readMatrix, tensorOf } from "../internal/read";
import { resolution } from "../internal/resolution";
import type { Values } from "../values";
import type { BatchProblem } from "./batch-kernels";

const NAME = "sinkhornBatch";

/** With the dtype in which numbers arrived: it decides how far sums may differ. */
const kept = (name: string, values: Values): Tensor =>
  isTensor(values) || ArrayBuffer.isView(values) ? tensor(values) : tensorOf(NAME, name, values);

/** Reads and checks a batch of problems. */
export function readBatch(
  a: Values | null,
  b: Values | null,
  C: Values,
  eps: number | Values | undefined,
): BatchProblem {
  const costs = tensorOf(NAME, "C", C);
  const [size = 0, n = 0, m = 0] = costs.shape;
  if (costs.shape.length !== 3 || size === 0) {
    throw new ShapeError(
      `${NAME}: expected C with shape [B, n, m]; got [${costs.shape.join(", ")}]`,
      { C: costs.shape },
    );
  }
  const { data } = readMatrix(NAME, "C", costs.reshape([size * n, m]), { forbidden: true });
  const weights = (values: Values | null, name: string, length: number): Tensor | null => {
    const w = values === null ? null : kept(name, values);
    if (w !== null && (w.shape.length !== 2 || w.shape[0] !== size || w.shape[1] !== length)) {
      throw new ShapeError(
        `${NAME}: expected ${name} with shape [${size}, ${length}]; got [${w.shape.join(", ")}]`,
        { [name]: w.shape },
      );
    }
    return w;
  };
  const [rows, columns] = [weights(a, "a", n), weights(b, "b", m)];
  const [A, B] = [new Float64Array(size * n), new Float64Array(size * m)];
  for (let k = 0; k < size; k++) {
    const masses = readMasses(NAME, rows?.at(k), columns?.at(k), n, m);
    const part = { data: data.subarray(k * n * m, (k + 1) * n * m), rows: n, columns: m };
    checkWays(`${NAME}: problem ${k}`, part, masses.a, masses.b);
    A.set(masses.a, k * n);
    B.set(masses.b, k * m);
  }
  const problem = { size, n, m, costs: data, a: A, b: B };
  return { ...problem, eps: readEpsilons(problem, eps) };
}

/** The costs of a problem between points with mass; those of others do not matter. */
function costsOf({ n, m, costs, a, b }: Omit<BatchProblem, "eps">, k: number): Float64Array {
  return costs
    .subarray(k * n * m, (k + 1) * n * m)
    .filter(
      (_c, at) =>
        (a[k * n + Math.floor(at / m)] as number) > 0 && (b[k * m + (at % m)] as number) > 0,
    );
}

/** The smallest marginal error of each problem, as a fraction of its mass, that doubles resolve. */
export function resolutions(problem: BatchProblem): Float64Array {
  return problem.eps.map((eps, k) => {
    let [low, high] = [Infinity, -Infinity];
    for (const c of costsOf(problem, k)) {
      if (c === Infinity) continue;
      low = Math.min(low, c);
      high = Math.max(high, c);
    }
    return resolution(Math.max(high - low, 0) / eps);
  });
}

/** ε of each problem. */
function readEpsilons(
  problem: Omit<BatchProblem, "eps">,
  eps: number | Values | undefined,
): Float64Array {
  const { size } = problem;
  if (eps === undefined)
    return Float64Array.from({ length: size }, (_, k) => defaultEps(costsOf(problem, k)));
  const data =
    typeof eps === "number"
      ? new Float64Array(size).fill(eps)
      : elements(NAME, "eps", tensorOf(NAME, "eps", eps));
  const wrong = data.findIndex((e) => !(e > 0 && e < Infinity));
  if (data.length !== size || wrong >= 0) {
    throw new ArgumentError(
      `${NAME}: expected eps > 0, one number or ${size}; got ${wrong >= 0 ? data[wrong] : `${data.length} numbers`}`,
      { eps: data },
    );
  }
  return data;
}

/** Potentials to start from, shape [size, m]; zeros by default. */
export function readStart(g: Values | undefined, size: number, m: number): Float64Array {
  if (g === undefined) return new Float64Array(size * m);
  return readMatrix(NAME, "init.g", tensorOf(NAME, "init.g", g).reshape([size, m])).data;
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minimumDegree, type Ordering } from "../../src/newton/minimum-degree";
import { sparseCholesky, sparseSolve } from "../../src/newton/sparse-cholesky";
import { bipartiteGraph, type WeightedGraph } from "../../src/newton/sparse-graph";
import { symbolicFactor } from "../../src/newton/symbolic";

type Edge = readonly [number, number, number];

function graphOf(nodes: number, edges: readonly Edge[]): WeightedGraph {
  const lists: [number, number][][] = Array.from({ length: nodes }, () => []);
  for (const [i, j, w] of edges) {
    lists[i]?.push([j, w]);
    lists[j]?.push([i, w]);
  }
  const starts = new Int32Array(nodes + 1);
  lists.forEach((list, k) => {
    starts[k + 1] = (starts[k] as number) + list.length;
  });
  const flat = lists.flat();
  return {
    starts,
    neighbours: Int32Array.from(flat, ([other]) => other),
    weights: Float64Array.from(flat, ([, w]) => w),
  };
}

const ordered = (graph: WeightedGraph): Ordering => minimumDegree(graph) as Ordering;

/** Fill and products by eliminating from sets of neighbours. */
function naiveCost(graph: WeightedGraph, order: Int32Array): { fill: number; products: number } {
  const sets = Array.from({ length: order.length }, (_, v) => {
    const list = graph.neighbours.slice(graph.starts[v], graph.starts[v + 1]);
    return new Set(list);
  });
  let [fill, products] = [0, 0];
  for (const v of order) {
    const around = [...(sets[v] as Set<number>)];
    fill += around.length;
    products += (around.length * (around.length + 1)) / 2;
    for (const i of around) {
      sets[i]?.delete(v);
      for (const j of around) if (i !== j) sets[i]?.add(j);
    }
  }
  return { fill, products };
}

/** Solves a dense system by elimination with partial pivoting. */
function denseSolve(matrix: number[][], b: number[]): number[] {
  const A = matrix.map((row, i) => [...row, b[i] as number]);
  const n = b.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k; i < n; i++)
      if (Math.abs(A[i]?.[k] as number) > Math.abs(A[best]?.[k] as number)) best = i;
    [A[k], A[best]] = [A[best] as number[], A[k] as number[]];
    const row = A[k] as number[];
    for (let i = k + 1; i < n; i++) {
      const other = A[i] as number[];
      const factor = (other[k] as number) / (row[k] as number);
      for (let j = k; j <= n; j++) other[j] = (other[j] as number) - factor * (row[j] as number);
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const row = A[i] as number[];
    let sum = row[n] as number;
    for (let j = i + 1; j < n; j++) sum -= (row[j] as number) * (x[j] as number);
    x[i] = sum / (row[i] as number);
  }
  return x;
}

/** Symmetric graphs of up to 24 nodes, from no edges to all. */
const graphs = fc
  .integer({ min: 1, max: 24 })
  .chain((nodes) =>
    fc.record({
      nodes: fc.constant(nodes),
      density: fc.double({ min: 0, max: 1, noNaN: true }),
      draws: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
        minLength: (nodes * (nodes - 1)) / 2,
        maxLength: (nodes * (nodes - 1)) / 2,
      }),
      right: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
        minLength: nodes,
        maxLength: nodes,
      }),
      excess: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), {
        minLength: nodes,
        maxLength: nodes,
      }),
    }),
  )
  .map(({ nodes, density, draws, right, excess }) => {
    const edges: Edge[] = [];
    let k = 0;
    for (let i = 0; i < nodes; i++)
      for (let j = 0; j < i; j++) {
        const draw = draws[k++] as number;
        if (draw < density) edges.push([i, j, 0.01 + draw]);
      }
    return { nodes, edges, right, excess };
  });

const path = (nodes: number): Edge[] =>
  Array.from({ length: nodes - 1 }, (_, k) => [k, k + 1, 1] as const);

describe("minimumDegree", () => {
  it("eliminates a path, a star and a forest without fill", () => {
    const star = Array.from({ length: 50 }, (_, k) => [0, k + 1, 1] as const);
    const forest = [...path(20), ...path(9).map(([i, j, w]) => [i + 30, j + 30, w] as const)];
    expect(ordered(graphOf(51, path(51)))).toMatchObject({ fill: 50, products: 50 });
    expect(ordered(graphOf(51, star))).toMatchObject({ fill: 50, products: 50 });
    expect(ordered(graphOf(40, forest))).toMatchObject({ fill: 27, products: 27 });
    expect(ordered(graphOf(1, []))).toMatchObject({ fill: 0, products: 0 });
    expect(ordered(graphOf(0, [])).order.length).toBe(0);
  });

  it("fills a cycle of n nodes with n − 3 entries and a wheel with as many", () => {
    const cycle: Edge[] = [...path(30), [29, 0, 1]];
    const spokes = Array.from({ length: 30 }, (_, k) => [30, k, 1] as const);
    expect(ordered(graphOf(30, cycle)).fill).toBe(30 + 27);
    expect(ordered(graphOf(31, [...cycle, ...spokes])).fill).toBe(60 + 27);
  });

  it("takes the n(n − 1)/2 entries of a complete graph for what they are", () => {
    const edges: Edge[] = [];
    for (let i = 0; i < 12; i++) for (let j = 0; j < i; j++) edges.push([i, j, 1]);
    expect(ordered(graphOf(12, edges)).fill).toBe(66);
  });

  it("orders a square grid with a third of the fill of its natural order", () => {
    const side = 40;
    const edges: Edge[] = [];
    for (let i = 0; i < side; i++)
      for (let j = 0; j < side; j++) {
        if (i > 0) edges.push([i * side + j, (i - 1) * side + j, 1]);
        if (j > 0) edges.push([i * side + j, i * side + j - 1, 1]);
      }
    // In the natural order nearly every column has 40 entries.
    expect(ordered(graphOf(side * side, edges)).fill).toBeLessThan((side ** 3 - side) / 3);
  });

  it("knows fill and products as elimination on sets counts them", () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const graph = graphOf(nodes, edges);
        const { order, fill, products } = ordered(graph);
        expect([...order].sort((a, b) => a - b)).toEqual(
          Array.from({ length: nodes }, (_, k) => k),
        );
        expect({ fill, products }).toEqual(naiveCost(graph, order));
      }),
    );
  });

  it("gives up beyond a limit", () => {
    const edges: Edge[] = [];
    for (let i = 0; i < 12; i++) for (let j = 0; j < i; j++) edges.push([i, j, 1]);
    const { products } = ordered(graphOf(12, edges));
    expect(minimumDegree(graphOf(12, edges), products - 1)).toBeUndefined();
    expect(minimumDegree(graphOf(12, edges), products)).toBeDefined();
  });
});

describe("symbolicFactor", () => {
  it("has the entries that the ordering counted, in ascending rows", () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const graph = graphOf(nodes, edges);
        const { order, fill } = ordered(graph);
        const { starts, rows, parents } = symbolicFactor(graph, order);
        expect(rows.length).toBe(fill);
        for (let j = 0; j < nodes; j++) {
          const column = rows.slice(starts[j], starts[j + 1]);
          expect([...column]).toEqual([...new Set(column)].sort((a, b) => a - b));
          expect(parents[j]).toBe(column[0] ?? -1);
        }
      }),
    );
  });
});

describe("sparseCholesky", () => {
  it("solves as dense elimination does", () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges, right, excess }) => {
        const graph = graphOf(nodes, edges);
        const factor = sparseCholesky(
          graph,
          Float64Array.from(excess),
          symbolicFactor(graph, ordered(graph).order),
        );
        if (factor === undefined) throw new Error("a positive definite matrix was not factored");
        const x = sparseSolve(factor, Float64Array.from(right));
        const A = excess.map((s, i) => right.map((_, j) => (i === j ? s : 0)));
        for (const [i, j, w] of edges) {
          for (const [r, c, value] of [
            [i, j, -w],
            [j, i, -w],
            [i, i, w],
            [j, j, w],
          ] as const)
            (A[r] as number[])[c] = (A[r]?.[c] as number) + value;
        }
        // ‖A⁻¹‖∞ ≤ 1/min s = 100, ‖A‖∞ < 50 and |x| ≤ 100: rounding stays far below.
        denseSolve(A, right).forEach((value, k) => {
          expect(Math.abs((x[k] as number) - value)).toBeLessThan(1e-9);
        });
      }),
    );
  });

  it("keeps all digits of a block that only a tiny row sum holds", () => {
    // Constants solve A x = s of any graph; dense elimination loses 10⁻¹⁶/10⁻¹⁸ of them.
    const cycle: Edge[] = [...path(40), [39, 0, 0.3]];
    const graph = graphOf(40, cycle);
    const excess = new Float64Array(40).fill(1e-18);
    const factor = sparseCholesky(graph, excess, symbolicFactor(graph, ordered(graph).order));
    if (factor === undefined) throw new Error("not factored");
    for (const x of sparseSolve(factor, excess)) expect(x).toBeCloseTo(1, 12);
  });

  it("reports a block without any row sum, and other values that give no factor", () => {
    const graph = graphOf(5, path(4));
    const symbolic = symbolicFactor(graph, ordered(graph).order);
    expect(sparseCholesky(graph, new Float64Array([1, 1, 1, 1, 0]), symbolic)).toBeUndefined();
    expect(sparseCholesky(graph, new Float64Array([0, 0, 0, 0, 1]), symbolic)).toBeUndefined();
    expect(sparseCholesky(graph, new Float64Array([NaN, 0, 0, 0, 1]), symbolic)).toBeUndefined();
    expect(sparseCholesky(graph, new Float64Array([0, 1, 0, 0, 1]), symbolic)).toBeDefined();
  });
});

describe("bipartiteGraph", () => {
  it("joins row i with node n + j for every entry, from both ends", () => {
    const graph = bipartiteGraph(
      Int32Array.of(0, 2, 2, 3),
      Int32Array.of(0, 3, 3),
      Float64Array.of(0.5, 0.25, 0.125),
      4,
    );
    expect([...graph.starts]).toEqual([0, 2, 2, 3, 4, 4, 4, 6]);
    expect([...graph.neighbours]).toEqual([3, 6, 6, 0, 0, 2]);
    expect([...graph.weights]).toEqual([0.5, 0.25, 0.125, 0.5, 0.25, 0.125]);
  });
});

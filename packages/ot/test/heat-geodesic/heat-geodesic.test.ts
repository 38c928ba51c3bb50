import { random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it, vi } from "vitest";
import { heatGeodesic, heatKernel } from "../../src/heat-geodesic";
import { laplacian, neighborGraph, rowDistances } from "../../src/heat-geodesic/graph";
import { heatDistances } from "../../src/heat-geodesic/heat-distances";
import { heatKernels } from "../../src/heat-geodesic/heat-kernel";
import { pearson, swissRoll, upper, winsOverShortestPaths } from "./swiss-roll";

describe("heat distances", () => {
  it("have the values worked out on the complete graph of 4", () => {
    const L = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 3 : -1)));
    const H = heatKernel(L, 0.1);
    expect(heatDistances(H, 0.1, 0).distances[1]).toBeCloseTo(0.9991851265, 9);
    expect(heatDistances(H, 0.1, 1).distances[1]).toBeCloseTo(0.9406151056, 9);
    expect(heatDistances(H, 0.1, 1).distances[0]).toBe(0);
  });

  it("are exact with the kernel of flat space and σ = 1", () => {
    const x = [0, 0.3, 1, 2.5, 4];
    const [t, d] = [0.4, 3];
    const H = x.map((u) =>
      x.map((v) => (4 * Math.PI * t) ** (-d / 2) * Math.exp(-((u - v) ** 2) / (4 * t))),
    );
    const { distances } = heatDistances(tensor(H, { dtype: "f64" }), t, 1);
    // The floor of 10⁻¹⁶ beside values of 10⁻⁵ and more.
    x.forEach((u, i) => {
      x.forEach((v, j) => {
        expect(distances[i * 5 + j]).toBeCloseTo(Math.abs(u - v), 8);
      });
    });
  });

  it("follow the arc length on a ring, nearly exactly with the correction for volume", () => {
    const n = 100;
    const steps = (i: number, j: number) => Math.min((i - j + n) % n, (j - i + n) % n);
    const L = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? 4 : steps(i, j) <= 2 ? -1 : 0)),
    );
    const arcs = upper(
      Float64Array.from({ length: n * n }, (_, at) => steps(Math.floor(at / n), at % n)),
      n,
    );
    const H = heatKernel(L, 10);
    expect(pearson(upper(heatDistances(H, 10, 0).distances, n), arcs)).toBeCloseTo(0.9898, 3);
    expect(pearson(upper(heatDistances(H, 10, 1).distances, n), arcs)).toBeCloseTo(0.99978, 4);
  });
});

describe("heatGeodesic", () => {
  it("finds the distances along a swiss roll", () => {
    // A draw whose graph has no edge between turns: with one, every distance on the graph is wrong.
    const { points, geodesics } = swissRoll(3, 600);
    const truth = upper(geodesics, 600);
    const direct = rowDistances({ data: Float64Array.from(points.flat()), rows: 600, columns: 3 });
    expect(pearson(upper(direct, 600), truth)).toBeLessThan(0.4);
    const H = heatKernels(laplacian(neighborGraph(direct, 600, 10), false), 600, {})(5);
    const fit = (sigma: number) => pearson(upper(heatDistances(H, 5, sigma).distances, 600), truth);
    // Published: 0.983 and 0.990; other draws have 0.976 and 0.982.
    expect(fit(0)).toBeGreaterThan(0.97);
    expect(fit(1)).toBeGreaterThan(0.977);
  });

  it("keeps the order of distances under noise in ten dimensions better than shortest paths do", () => {
    // Half the points of the published run, which is a test of its own.
    expect(winsOverShortestPaths(300, 0.5)).toBeGreaterThanOrEqual(4);
  });

  it("lays a circle out as a circle, with smooth affinities and a time of its own choice", () => {
    const circle = Array.from({ length: 60 }, (_, i) => [
      Math.cos((2 * Math.PI * i) / 60),
      Math.sin((2 * Math.PI * i) / 60),
      0,
    ]);
    const { embedding, times, connected, floored } = heatGeodesic(circle, { k: 5, t: "auto" });
    const radii = embedding.sub(embedding.mean(0)).square().sum(1).sqrt();
    expect(radii.max().item() / radii.min().item()).toBeLessThan(1.05);
    expect(times.length).toBe(1);
    expect(times[0]).toBeGreaterThan(0.05);
    expect(connected).toBe(true);
    expect(floored).toBe(0);
  });

  it("averages over times, reduces by principal components, and denoises by rows", () => {
    const X = random.normal(random.key(1), [50, 4], { dtype: "f64" });
    const base = { k: 8, sigma: 1, mds: { metric: false } } as const;
    const at = (options: Parameters<typeof heatGeodesic>[1]): Tensor =>
      heatGeodesic(X, { ...base, ...options }).distances;
    const [one, two, both] = [at({ t: 2 }), at({ t: 6 }), at({ t: [2, 6] })];
    expect(one.mul(0.75).add(two.mul(0.25)).sub(both).abs().max().item()).toBeLessThan(1e-12);
    // All components are a rotation.
    expect(at({ t: 2, pca: 4 }).sub(one).abs().max().item()).toBeLessThan(1e-9);
    const rows = at({ t: 2, denoise: 1 });
    const [u, v] = [one.at(0), one.at(1)];
    expect(rows.at(0, 1).item()).toBeCloseTo(u.sub(v).square().mean().sqrt().item(), 9);
  });

  it("warns once where heat joins too few pairs, and says to raise t", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const line = Array.from({ length: 60 }, (_, i) => [i]);
    const { floored, connected } = heatGeodesic(line, { k: 2, t: 0.01 });
    expect(connected).toBe(true);
    expect(floored).toBeGreaterThan(0.05);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^heatGeodesic: no heat joins \d+ % .*; raise t$/)],
    ]);
    heatGeodesic(line, { k: 2, t: 0.01, warn: false });
    expect(warn).toHaveBeenCalledTimes(1);
    // After a longer time there is heat everywhere.
    expect(heatGeodesic(line, { k: 5, t: 100 }).floored).toBeLessThan(0.05);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it("warns once where the graph falls apart, and keeps distances finite; duplicates are no trouble", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const apart = [
      ...Array.from({ length: 8 }, (_, i) => [i * 0.1]),
      ...Array.from({ length: 8 }, (_, i) => [100 + i * 0.1]),
    ];
    const { distances, connected, floored, status } = heatGeodesic(apart, { k: 3, graph: "knn" });
    expect(warn).toHaveBeenCalledTimes(1);
    heatGeodesic(apart, { k: 3, graph: "knn", warn: false });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    expect(connected).toBe(false);
    expect(status).toContain("several pieces");
    // 64 of the 120 pairs.
    expect(floored).toBeCloseTo(64 / 120, 12);
    expect(Number.isFinite(distances.max().item())).toBe(true);
    const twice = [
      ...Array.from({ length: 12 }, () => [0, 0]),
      ...Array.from({ length: 12 }, (_, i) => [i, 1]),
    ];
    for (const graph of ["knn", "alpha-decay"] as const) {
      const r = heatGeodesic(twice, { k: 4, graph, warn: false });
      expect(r.embedding.isFinite().all().item()).toBeTruthy();
    }
  });

  it("refuses neighbours, times and parts out of range", () => {
    const X = [[0], [1], [2]];
    expect(() => heatGeodesic(X, { k: 3 })).toThrow("neighbours k from 1 to 2; got 3");
    expect(() => heatGeodesic(X, { k: 1, t: -1 })).toThrow("expected a time t > 0; got -1");
    expect(() => heatGeodesic(X, { k: 1, sigma: 2 })).toThrow("sigma from 0 to 1.5; got 2");
    expect(() => heatGeodesic(X, { k: 1, denoise: 2 })).toThrow("denoise from 0 to 1");
    expect(() => heatGeodesic(X, { k: 1, pca: 5 })).toThrow("pca at most 1, the dimension; got 5");
  });
});

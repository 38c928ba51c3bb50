import { describe, expect, it } from "vitest";
import { eye, grad, jit, ShapeError, stack, type Tensor, tensor, vmap } from "../../src/index";
import { cholesky } from "../../src/linalg";
import { key, multivariateNormal, normal, orthogonal, split, unitSphere } from "../../src/random";
import { normalCdf } from "./distribution-functions";
import { expectDistribution, expectMoments, expectUncorrelated } from "./fit";

const n = 20_000;

describe("unitSphere", () => {
  it("gives vectors of length 1", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const x = unitSphere(key(1), [50, 3, 4], { dtype });
      expect(x.dtype).toBe(dtype);
      const off = x.norm(-1).sub(1).abs().max().item();
      expect(off).toBeLessThan(dtype === "f32" ? 1e-6 : 1e-15);
    }
  });

  it("is uniform: in three dimensions each coordinate is, on [−1, 1]", () => {
    const x = unitSphere(key(2), [n, 3], { dtype: "f64" });
    for (let i = 0; i < 3; i++) {
      expectDistribution(x.at("...", i).dataSync(), (v) => (v + 1) / 2);
    }
    // And so is the angle around any axis.
    const angle = x.at("...", 1).atan2(x.at("...", 0));
    expectDistribution(angle.dataSync(), (v) => (v + Math.PI) / (2 * Math.PI));
    expectUncorrelated(x.at("...", 2).dataSync(), angle.dataSync());
  });

  it("is a sign in one dimension", () => {
    const x = unitSphere(key(3), [n, 1]).dataSync();
    expectMoments(x, { mean: 0, variance: 1, kurtosis: 1.0001 });
  });

  it("takes empty shapes and refuses scalars", () => {
    expect(unitSphere(key(0), [0, 3]).shape).toEqual([0, 3]);
    expect(unitSphere(key(0), [3, 0]).shape).toEqual([3, 0]);
    expect(() => unitSphere(key(0), [])).toThrow(ShapeError);
    expect(() => unitSphere(tensor([1, 2]), [3])).toThrow("unitSphere: expected a key");
  });
});

describe("orthogonal", () => {
  it("has orthonormal columns, or rows if it is wide", () => {
    for (const [rows, columns] of [
      [5, 5],
      [7, 3],
      [3, 7],
      [1, 1],
      [0, 0],
      [4, 0],
    ] as const) {
      const q = orthogonal(key(1), rows, columns, { dtype: "f64" });
      expect(q.shape).toEqual([rows, columns]);
      const k = Math.min(rows, columns);
      const gram = rows >= columns ? q.T.matmul(q) : q.matmul(q.T);
      if (k > 0) expect(gram.sub(eye(k)).abs().max().item()).toBeLessThan(1e-14);
    }
  });

  it("is Haar's: elements are uniform coordinates of a sphere, turns have both signs", () => {
    const keys = stack(split(key(2), 4000) as Tensor[]);
    const q = vmap((k: Tensor) => orthogonal(k, 3, 3, { dtype: "f64" }))(keys);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        expectDistribution(q.at("...", i, j).dataSync(), (v) => (v + 1) / 2);
      }
    }
    // The trace of a uniform matrix has mean 0 and variance 1; QR without its signs put right fails this.
    const trace = q
      .at("...", 0, 0)
      .add(q.at("...", 1, 1))
      .add(q.at("...", 2, 2));
    expectMoments(trace.dataSync(), { mean: 0, variance: 1, kurtosis: 3 });
  });

  it("is the same inside jit and refuses fractions", () => {
    const q = orthogonal(key(3), 4, 2);
    expect(q.dtype).toBe("f32");
    expect(jit((k: Tensor) => orthogonal(k, 4, 2))(key(3)).toArray()).toEqual(q.toArray());
    expect(() => orthogonal(key(0), 2.5)).toThrow(
      "orthogonal: expected whole numbers of rows and columns; got 2.5 and 2.5",
    );
  });
});

describe("multivariateNormal", () => {
  const covariance = tensor(
    [
      [4, 1.2],
      [1.2, 1],
    ],
    { dtype: "f64" },
  );
  const factor = cholesky(covariance);

  it("has the mean and the covariance", () => {
    const x = multivariateNormal(key(1), [n, 2], { mean: [5, -1], factor, dtype: "f64" });
    const [a, b] = [x.at("...", 0), x.at("...", 1)];
    expectDistribution(a.dataSync(), (v) => normalCdf((v - 5) / 2));
    expectDistribution(b.dataSync(), (v) => normalCdf(v + 1));
    // a − 1.2 b does not vary with b: 1.2 = cov(a, b) / var(b).
    expectUncorrelated(a.sub(b.mul(1.2)).dataSync(), b.dataSync());
  });

  it("takes factors of lower rank", () => {
    const x = multivariateNormal(key(2), [100, 2], { factor: tensor([[1], [2]]) });
    const z = normal(key(2), [100, 1]).at("...", 0);
    expect(x.at("...", 0).toArray()).toEqual(z.toArray());
    expect(x.at("...", 1).toArray()).toEqual(z.mul(2).toArray());
  });

  it("takes a factor for each row, batches and gradients", () => {
    const scales = tensor([[[1]], [[2]], [[3]]], { dtype: "f64" });
    const rows = multivariateNormal(key(3), [3, 2], { factor: factor.mul(scales), dtype: "f64" });
    expect(rows.shape).toEqual([3, 2]);
    const draw = (f: Tensor): Tensor =>
      multivariateNormal(key(3), [2], { factor: f, dtype: "f64" });
    expect(vmap(draw)(factor.mul(scales)).shape).toEqual([3, 2]);
    const g = grad((s: Tensor) => draw(cholesky(covariance.mul(s))).sum())(
      tensor(4, { dtype: "f64" }),
    );
    // The sample grows with the root of s.
    expect(Math.abs(g.item() - draw(factor.mul(2)).sum().item() / 8)).toBeLessThan(1e-12);
  });

  it("refuses what does not fit", () => {
    const text = "multivariateNormal: expected a shape [..., d] for a factor [..., d, k]; got";
    expect(() => multivariateNormal(key(0), [3], { factor })).toThrow(`${text} [3] for [2, 2]`);
    expect(() => multivariateNormal(key(0), [2], { factor: [1, 2] })).toThrow(
      `${text} [2] for [2]`,
    );
    expect(() =>
      multivariateNormal(key(0), [2], { factor: factor.broadcastTo([5, 2, 2]) }),
    ).toThrow(ShapeError);
    expect(() => multivariateNormal(key(0), [2], { factor, mean: [1, 2, 3] })).toThrow(ShapeError);
  });
});

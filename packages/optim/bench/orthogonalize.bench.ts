import { type OrthogonalizeOptions, orthogonalize, polarExpressCoeffs } from "@x/optim";
import { type Tensor, tensor } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Row, Rows } from "../../../tooling/bench/src/row";

const n = 512;

/** ‖ours − UVᵀ‖ / ‖UVᵀ‖, Frobenius: the root mean square of 1 − (what singular values became). */
function relativeError(ours: Tensor, polar: ArrayLike<number>): number {
  const values = ours.cast("f64").dataSync();
  let sum = 0;
  for (let i = 0; i < n * n; i++) sum += ((values[i] as number) - (polar[i] as number)) ** 2;
  return Math.sqrt(sum / n);
}

/** The same matrix in both libraries; ours must come as near to UVᵀ of the decomposition as the row says. */
const againstSvd =
  (dtype: "f32" | "f64", options: OrthogonalizeOptions, error: number) =>
  async (kit: Kit): Promise<Prepared> => {
    const { Matrix, SingularValueDecomposition } = await kit.mlMatrix();
    const data = Float64Array.from(kit.uniform(n * n, 1));
    const x = tensor(data).reshape([n, n]).cast(dtype);
    const matrix = Matrix.from1DArray(n, n, data);
    const peer = (): InstanceType<typeof Matrix> => {
      const svd = new SingularValueDecomposition(matrix);
      return svd.leftSingularVectors.mmul(svd.rightSingularVectors.transpose());
    };
    const ours = (): Tensor => orthogonalize(x, options);
    return {
      ours,
      peer,
      check() {
        const measured = relativeError(ours(), peer().to1DArray());
        if (measured <= error) return;
        throw new Error(`relative error: expected at most ${error}; got ${measured}`);
      },
    };
  };

const row = (name: string, error: number, setup: (error: number) => Row["setup"]): Row => ({
  name: `polar factor of 512×512, ${name}, relative error ${error}`,
  unit: "ms",
  peerName: "ml-matrix, U Vᵀ of its SVD",
  target: { of: "ratio", atMost: 1 / 3 },
  // A decomposition takes seconds.
  samples: 3,
  setup: setup(error),
});

export const rows: Rows = [
  row("Newton–Schulz, 5 steps, f32", 0.2, (error) => againstSvd("f32", {}, error)),
  row("Polar Express, 5 steps, f32", 0.12, (error) =>
    againstSvd("f32", { coeffs: "polarExpress" }, error),
  ),
  row("Polar Express, 10 steps, f64", 1e-7, (error) => {
    // Down to 10⁻⁵ of the norm: below the smallest singular value of such a matrix.
    const { coeffs } = polarExpressCoeffs({ steps: 10, lower: 1e-5 });
    return againstSvd("f64", { coeffs, nsSteps: coeffs.length }, error);
  }),
];

import { type Tensor, tensor } from "@x/tensor";
import { compress, timesMatrix } from "./rows";

/** Largest s σ of the series. */
const largestStep = 0.25;

/** Paths of up to so many edges are in the series of one step; with 2⁶ steps and more hardly any has longer ones. */
const terms = 20;
const fewestSquarings = 6;

/** Whether no entry beside the diagonal is positive, as in Laplacians of graphs. */
export function isLaplacian(L: Float64Array, n: number): boolean {
  return L.every((v, at) => v <= 0 || Math.floor(at / n) === at % n);
}

/**
 * exp(−tL) of a graph with every entry to full relative precision, however small: of far vertices the logarithms
 * matter.
 *
 * With σ the largest diagonal entry, exp(−tL) = (e^{−sσ} exp(s (σI − L)))^{2^m}, s = t/2^m: sums and products of numbers
 * that are not negative, which lose no digits. Eigenvalues would leave an error of 10⁻¹⁶ everywhere.
 *
 * @param L - with entries ≤ 0 beside the diagonal, [n, n]
 */
export function positiveKernel(L: Float64Array, n: number, t: number): Tensor {
  let sigma = 0;
  for (let i = 0; i < n; i++) sigma = Math.max(sigma, L[i * n + i] as number);
  const squarings = Math.max(fewestSquarings, Math.ceil(Math.log2((t * sigma) / largestStep)));
  const s = t / 2 ** squarings;
  const P = L.map((v, at) => s * ((Math.floor(at / n) === at % n ? sigma : 0) - v));
  const rows = compress(P, n);
  let term = new Float64Array(n * n);
  for (let i = 0; i < n; i++) term[i * n + i] = Math.exp(-s * sigma);
  const sum = term.slice();
  for (let k = 1; k <= terms; k++) {
    term = timesMatrix(rows, term, n).map((v) => v / k) as Float64Array<ArrayBuffer>;
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (term[at] as number);
  }
  let kernel = tensor(sum, { shape: [n, n], copy: false });
  for (let k = 0; k < squarings; k++) kernel = kernel.matmul(kernel);
  return kernel;
}

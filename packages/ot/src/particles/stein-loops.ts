import type { SteinKernel } from "./kernels";

/** k and the factor w of its gradient ∇_{x_j} k = w (x_i − x_j), at r = ‖x_i − x_j‖²/h. */
const profiles: Readonly<
  Record<Exclude<SteinKernel, "linear">, (r: number, h: number) => readonly [number, number]>
> = {
  rbf: (r, h) => {
    const k = Math.exp(-r);
    return [k, (2 * k) / h];
  },
  imq: (r, h) => {
    const k = 1 / Math.sqrt(1 + r);
    return [k, k / (1 + r) / h];
  },
};

function radial(
  profile: (r: number, h: number) => readonly [number, number],
  x: Float64Array,
  s: Float64Array,
  d: number,
  h: number,
): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += d) {
    for (let j = 0; j < x.length; j += d) {
      let r = 0;
      for (let c = 0; c < d; c++) r += ((x[i + c] as number) - (x[j + c] as number)) ** 2;
      const [k, w] = profile(r / h, h);
      for (let c = 0; c < d; c++) {
        const away = (x[i + c] as number) - (x[j + c] as number);
        out[i + c] = (out[i + c] as number) + k * (s[j + c] as number) + w * away;
      }
    }
  }
  return out;
}

function linear(x: Float64Array, s: Float64Array, d: number): Float64Array {
  const out = x.map((v) => v * (x.length / d));
  for (let i = 0; i < x.length; i += d) {
    for (let j = 0; j < x.length; j += d) {
      let k = 1;
      for (let c = 0; c < d; c++) k += (x[i + c] as number) * (x[j + c] as number);
      for (let c = 0; c < d; c++) out[i + c] = (out[i + c] as number) + k * (s[j + c] as number);
    }
  }
  return out;
}

/**
 * Σ_j [k(x_j, x_i) s_j + ∇_{x_j} k(x_j, x_i)] for all particles, by loops: for few of them, where operations on tensors
 * cost more than what they compute.
 *
 * @param x - particles, [n, d]
 * @param s - scores, [n, d]
 */
export const steinLoops = (
  kernel: SteinKernel,
  x: Float64Array,
  s: Float64Array,
  d: number,
  h: number,
): Float64Array => (kernel === "linear" ? linear(x, s, d) : radial(profiles[kernel], x, s, d, h));

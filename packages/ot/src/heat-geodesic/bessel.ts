/**
 * e^{−z} I_k(z) for k = 0 … count − 1, by Miller's recurrence from above, normalised by I_0 + 2 Σ I_k = e^z.
 *
 * @param z - ≥ 0
 * @see Olver et al., NIST handbook, 10.35.5 and 3.6
 */
export function scaledBessel(z: number, count: number): Float64Array {
  const out = new Float64Array(count);
  if (z === 0) {
    out[0] = 1;
    return out;
  }
  // I_k falls like e^{−k²/2z} and then faster: 40 powers of e below what is wanted.
  const start = count + 20 + Math.ceil(Math.sqrt(80 * z));
  let above = 0;
  let here = 1e-300;
  let sum = 0;
  for (let k = start; k >= 0; k--) {
    const below = above + ((2 * (k + 1)) / z) * here;
    above = here;
    here = below;
    // `here` belongs to k now.
    if (k < count) out[k] = here;
    sum += k === 0 ? here : 2 * here;
    if (here > 1e200) {
      for (let i = k; i < count; i++) out[i] = (out[i] as number) * 1e-250;
      above *= 1e-250;
      here *= 1e-250;
      sum *= 1e-250;
    }
  }
  return out.map((v) => v / sum);
}

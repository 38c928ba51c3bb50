/**
 * Rows of the lower triangle of S = (1 + δ) I − Bᵀ B / (1 + δ), 64 for each chunk, B in sparse rows.
 *
 * Words: starts, columns, values, rows of B, S, stride of S (a multiple of 64), columns of B, 0, δ. Beyond the columns
 * of B, S is the identity.
 */
export function schur(args: usize, chunk: i32, scratch: usize): void {
  const starts = load<u32>(args, 0);
  const columns = load<u32>(args, 4);
  const values = load<u32>(args, 8);
  const bytes = <usize>load<i32>(args, 20) << 3;
  const first = chunk << 6;
  const one = 1 + load<f64>(args, 32);
  const matrix = load<u32>(args, 16);
  for (let j = first; j < first + 64; j++) {
    const row = matrix + <usize>j * bytes;
    memory.fill(row, 0, <usize>(j + 1) << 3);
    store<f64>(row + (<usize>j << 3), j < load<i32>(args, 24) ? one : 1);
  }
  const rows = <usize>load<i32>(args, 12);
  for (let i: usize = 0; i < rows; i++) {
    const begin = <usize>load<i32>(starts + (i << 2));
    const end = <usize>load<i32>(starts + (i << 2), 4);
    for (let k = begin; k < end; k++) {
      const j = load<i32>(columns + (k << 2));
      if (j < first) continue;
      if (j >= first + 64) break;
      const row = matrix + <usize>j * bytes;
      const factor = load<f64>(values + (k << 3)) / one;
      for (let l = begin; l <= k; l++) {
        const at = row + (<usize>load<i32>(columns + (l << 2)) << 3);
        store<f64>(at, load<f64>(at) - factor * load<f64>(values + (l << 3)));
      }
    }
  }
}

import { offsetAt } from "./axes";

// Argument words as in gemm.ts.

// Integers: a unit is one row of c. Wrapping arithmetic serves i32 and u32 alike.
export function dot_i32(args: usize, chunk: i32, _scratch: usize): void {
  const m = load<i32>(args, 12);
  const n = load<i32>(args, 16);
  const k = load<i32>(args, 20);
  const aInner = load<usize>(args, 28);
  const bInner = load<usize>(args, 32);
  const bColumn = load<usize>(args, 36);
  const perChunk = load<i32>(args, 56);
  const end = min(chunk * perChunk + perChunk, load<i32>(args, 52));
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const batch = unit / m;
    let a =
      load<usize>(args) + offsetAt(args + 92, 2, 0, batch) + (unit - batch * m) * load<i32>(args, 24);
    let b = load<usize>(args, 4) + offsetAt(args + 92, 2, 1, batch);
    const c = load<usize>(args, 8) + ((unit * n) << 2);
    memory.fill(c, 0, n << 2);
    for (let p = 0; p < k; p++) {
      const x = load<i32>(a);
      let q = b;
      for (let j = 0; j < n; j++) {
        const at = c + (j << 2);
        store<i32>(at, load<i32>(at) + x * load<i32>(q));
        q += bColumn;
      }
      a += aInner;
      b += bInner;
    }
  }
}

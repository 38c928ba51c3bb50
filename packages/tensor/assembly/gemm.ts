import { offsetAt } from "./axes";

// Argument words of every `dot` kernel (byte addresses and byte strides):
//  0 a  1 b  2 c  3 m  4 n  5 k
//  6 a row stride  7 a inner stride  8 b inner stride  9 b column stride
// 10 units per chunk  11 units
// Words 12 … 15 belong to the kernel; 16 is the table of the batch axes (strides of a and b).
// c is contiguous: [batch, m, n].

// Integers: a unit is one row of c. Wrapping arithmetic serves i32 and u32 alike.
export function dot_i32(args: usize, chunk: i32, _scratch: usize): void {
  const m = load<i32>(args, 12);
  const n = load<i32>(args, 16);
  const k = load<i32>(args, 20);
  const aInner = load<i32>(args, 28);
  const bInner = load<i32>(args, 32);
  const bColumn = load<i32>(args, 36);
  const perChunk = load<i32>(args, 40);
  const end = min(chunk * perChunk + perChunk, load<i32>(args, 44));
  for (let row = chunk * perChunk; row < end; row++) {
    const batch = row / m;
    let a =
      load<usize>(args) + offsetAt(args + 64, 2, 0, batch) + (row - batch * m) * load<i32>(args, 24);
    let b = load<usize>(args, 4) + offsetAt(args + 64, 2, 1, batch);
    const c = load<usize>(args, 8) + row * n * 4;
    memory.fill(c, 0, n * 4);
    for (let p = 0; p < k; p++) {
      const x = load<i32>(a);
      let q = b;
      for (let j = 0; j < n; j++) {
        const at = c + j * 4;
        store<i32>(at, load<i32>(at) + x * load<i32>(q));
        q += bColumn;
      }
      a += aInner;
      b += bInner;
    }
  }
}

// Walks the axes that lie outside a kernel's inner loops.
//
// A table of axes is one word `rank`, then for each axis its size and `operands` byte strides,
// slowest axis first.

/** Byte offset of operand `operand` at the `index`-th position (last axis fastest) of the table at `table`. */
export function offsetAt(table: usize, operands: i32, operand: i32, index: i32): i32 {
  const rank = load<i32>(table);
  const words = operands + 1;
  let offset = 0;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const entry = table + 4 + ((<usize>(axis * words)) << 2);
    const stride = load<i32>(entry + ((<usize>operand) << 2), 4);
    if (axis === 0) {
      // The slowest axis needs no division.
      offset += index * stride;
    } else {
      const size = load<u32>(entry);
      offset += <i32>(<u32>index % size) * stride;
      index = <i32>(<u32>index / size);
    }
  }
  return offset;
}

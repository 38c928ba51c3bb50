// Copies of parts of the operands in the order in which the register tiles of gemm.ts read them.

@inline
function fill<T>(p: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(p) : v128.load64_splat(p);
}

// Copies up to four rows of a into a strip whose values each fill a vector; missing rows repeat the first.
export function packStrip<T>(to: usize, a: usize, row: usize, inner: usize, rows: i32, k: i32): void {
  const end = to + (k << 6);
  let a1 = rows > 1 ? a + row : a;
  let a2 = rows > 2 ? a1 + row : a;
  let a3 = rows > 3 ? a2 + row : a;
  for (; to < end; to += 64) {
    v128.store(to, fill<T>(a));
    v128.store(to, fill<T>(a1), 16);
    v128.store(to, fill<T>(a2), 32);
    v128.store(to, fill<T>(a3), 48);
    a += inner;
    a1 += inner;
    a2 += inner;
    a3 += inner;
  }
}

// Packs `columns` columns of b into panels of two vectors, `pitch` bytes apart; columns that are missing become 0.
export function packPanels<T>(
  to: usize, pitch: usize, b: usize, inner: usize, column: usize, columns: i32, k: i32,
): void {
  const width: i32 = 32 / sizeof<T>();
  const size: usize = sizeof<T>();
  while (columns > 0) {
    if (column == size && columns >= 4 * width) {
      // Four panels at once, so that the cache lines of b are read whole.
      packFour(to, pitch, b, inner, k);
      to += 4 * pitch;
      b += 128;
      columns -= 4 * width;
      continue;
    }
    const end = to + (k << 5);
    if (columns >= width && column == size) {
      let p = b;
      for (let q = to; q < end; q += 32) {
        v128.store(q, v128.load(p));
        v128.store(q, v128.load(p, 16), 16);
        p += inner;
      }
    } else {
      let whole = 0;
      if (columns >= width && inner == size) {
        whole = k & -(width / 2);
        packTurned<T>(to, b, column, whole);
        packTurned<T>(to + 16, b + (width / 2) * column, column, whole);
      }
      for (let j = 0; j < width; j++) {
        let q = to + (whole << 5) + j * size;
        if (j < columns) {
          let p = b + j * column + whole * inner;
          for (; q < end; q += 32) {
            store<T>(q, load<T>(p));
            p += inner;
          }
        } else {
          for (; q < end; q += 32) store<T>(q, 0);
        }
      }
    }
    to += pitch;
    b += width * column;
    columns -= width;
  }
}

function packFour(to: usize, pitch: usize, b: usize, inner: usize, k: i32): void {
  for (const end = to + (k << 5); to < end; to += 32) {
    let q = to;
    v128.store(q, v128.load(b));
    v128.store(q, v128.load(b, 16), 16);
    q += pitch;
    v128.store(q, v128.load(b, 32));
    v128.store(q, v128.load(b, 48), 16);
    q += pitch;
    v128.store(q, v128.load(b, 64));
    v128.store(q, v128.load(b, 80), 16);
    q += pitch;
    v128.store(q, v128.load(b, 96));
    v128.store(q, v128.load(b, 112), 16);
    b += inner;
  }
}

// Half a panel from columns whose inner steps lie together; k in whole vectors.
function packTurned<T>(to: usize, b: usize, column: usize, k: i32): void {
  const end = to + (k << 5);
  if (sizeof<T>() == 8) {
    for (; to < end; to += 64) {
      const x = v128.load(b), y = v128.load(b + column);
      v128.store(to, v128.shuffle<i64>(x, y, 0, 2));
      v128.store(to, v128.shuffle<i64>(x, y, 1, 3), 32);
      b += 16;
    }
    return;
  }
  for (; to < end; to += 128) {
    const x = v128.load(b), y = v128.load(b + column);
    const z = v128.load(b + 2 * column), w = v128.load(b + 3 * column);
    const xy = v128.shuffle<i32>(x, y, 0, 4, 1, 5), zw = v128.shuffle<i32>(z, w, 0, 4, 1, 5);
    v128.store(to, v128.shuffle<i64>(xy, zw, 0, 2));
    v128.store(to, v128.shuffle<i64>(xy, zw, 1, 3), 32);
    const xy2 = v128.shuffle<i32>(x, y, 2, 6, 3, 7), zw2 = v128.shuffle<i32>(z, w, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(xy2, zw2, 0, 2), 64);
    v128.store(to, v128.shuffle<i64>(xy2, zw2, 1, 3), 96);
    b += 16;
  }
}

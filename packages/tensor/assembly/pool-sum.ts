import { AXES, AXIS, endTap, firstTap, spaced, startOf } from "./pool-window";

// One output row of sums, cut up like a row of maxima.
export function sumRow<T>(
  args: usize,
  x: usize,
  d: i32,
  h: i32,
  inside: i32,
  outside: i32,
  to: usize,
): void {
  const axisD = args + AXES;
  const axisH = axisD + AXIS;
  const axisW = axisH + AXIS;
  const lanes: i32 = 16 / sizeof<T>();
  const startD = startOf(axisD, d);
  const startH = startOf(axisH, h);
  const firstD = firstTap(axisD, startD);
  const firstH = firstTap(axisH, startH);
  const endD = endTap(axisD, startD);
  const endH = endTap(axisH, startH);
  const stepD = load<i32>(axisD, 24);
  const stepH = load<i32>(axisH, 24);
  const stepW = load<i32>(axisW, 24);
  const jumpD = load<i32>(axisD, 12) * stepD;
  const jumpH = load<i32>(axisH, 12) * stepH;
  const jumpW = load<i32>(axisW, 12) * stepW;
  const window = load<i32>(axisW);
  const length = load<i32>(axisW, 20);
  const across = load<i32>(axisW, 4) * stepW;
  const corner = x + startD * stepD + startH * stepH;
  for (let w = 0; w < length; ) {
    const vector = w >= inside && w < outside && outside - inside >= lanes;
    if (vector) w = min(w, outside - lanes);
    const startW = startOf(axisW, w);
    const firstW = vector ? 0 : firstTap(axisW, startW);
    const endW = vector ? window : endTap(axisW, startW);
    const from = corner + startW * stepW + firstW * jumpW;
    let sums = v128.splat<T>(0);
    for (let kd = firstD; kd < endD; kd++) {
      for (let kh = firstH; kh < endH; kh++) {
        let p = from + kd * jumpD + kh * jumpH;
        for (let kw = firstW; kw < endW; kw++) {
          const v = vector ? spaced<T>(p, across) : v128.load_splat<T>(p);
          sums = v128.add<T>(sums, v);
          p += jumpW;
        }
      }
    }
    const q = to + (<usize>w) * sizeof<T>();
    if (vector) v128.store(q, sums);
    else v128.store_lane<T>(q, sums, 0);
    w += vector ? lanes : 1;
  }
}

/** The output position whose window has tap `tap` at input position `at`, or −1. */
function outputAt(axis: usize, at: i32, tap: i32): i32 {
  const stride = load<i32>(axis, 4);
  const from = at + load<i32>(axis, 8) - tap * load<i32>(axis, 12);
  return from >= 0 && from % stride === 0 && from / stride < load<i32>(axis, 20)
    ? from / stride
    : -1;
}

// One input row: what the windows that cover it hand back.
export function spreadRow<T>(args: usize, y: usize, d: i32, h: i32, to: usize): void {
  const axisD = args + AXES;
  const axisH = axisD + AXIS;
  const axisW = axisH + AXIS;
  const lanes: i32 = 16 / sizeof<T>();
  const stride = load<i32>(axisW, 4);
  const stepW = load<i32>(axisW, 24);
  const width = load<i32>(axisW, 16);
  memory.fill(to, 0, (<usize>width) * sizeof<T>());
  for (let kd = 0; kd < load<i32>(axisD); kd++) {
    const outD = outputAt(axisD, d, kd);
    if (outD < 0) continue;
    for (let kh = 0; kh < load<i32>(axisH); kh++) {
      const outH = outputAt(axisH, h, kh);
      if (outH < 0) continue;
      const row = y + outD * load<i32>(axisD, 24) + outH * load<i32>(axisH, 24);
      for (let kw = 0; kw < load<i32>(axisW); kw++) {
        const start = kw * load<i32>(axisW, 12) - load<i32>(axisW, 8);
        const first = start < 0 ? (stride - 1 - start) / stride : 0;
        let p = row + first * stepW;
        const begin = start + first * stride;
        const places = min(load<i32>(axisW, 20) - first, (width - begin + stride - 1) / stride);
        let q = to + begin * sizeof<T>();
        let i = 0;
        if (stride === 1 && stepW === sizeof<T>()) {
          for (; i <= places - lanes; i += lanes, q += 16, p += 16)
            v128.store(q, v128.add<T>(v128.load(q), v128.load(p)));
        }
        if (sizeof<T>() === 4 && stride === 2 && stepW === 4) {
          // Every second place, and zero added to those between.
          for (; i < places - 4; i += 4, q += 32, p += 16) {
            const v = v128.load(p);
            const low = v128.shuffle<i32>(v, i32x4.splat(0), 0, 4, 1, 4);
            const high = v128.shuffle<i32>(v, i32x4.splat(0), 2, 4, 3, 4);
            v128.store(q, v128.add<T>(v128.load(q), low));
            v128.store(q, v128.add<T>(v128.load(q, 16), high), 16);
          }
        }
        for (; i < places; i++) {
          store<T>(q, load<T>(q) + load<T>(p));
          q += stride * sizeof<T>();
          p += stepW;
        }
      }
    }
  }
}

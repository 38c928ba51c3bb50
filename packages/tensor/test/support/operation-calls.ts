import type { Tensor, TensorLike } from "@x/tensor";
import * as t from "@x/tensor";

type Run = (...inputs: Tensor[]) => unknown;

/** One call of an operation. */
export interface Call {
  /** A point at which the operation is smooth if it is anywhere. */
  readonly inputs: readonly TensorLike[];
  readonly run: Run;
}

const on = (inputs: readonly TensorLike[], operations: Readonly<Record<string, Run>>) =>
  Object.fromEntries(
    Object.entries(operations).map(([name, run]): [string, Call] => [name, { inputs, run }]),
  );

const x = [
  [0.5, 0.25, 0.75],
  [0.125, 0.625, 0.375],
];
const y = [
  [1.5, 2.25, 3.5],
  [3.25, 2.5, 1.75],
];
const negative = [[-0.5, 1.5, -1.25]];
const image = (rank: number): Tensor => {
  const shape = [1, 1, ...new Array<number>(rank).fill(3)];
  return t.arange(3 ** rank).reshape(shape);
};
const kernel = (rank: number): Tensor => t.ones([1, 1, ...new Array<number>(rank).fill(2)]);

/** A call of every operation by its name. */
export const calls: Readonly<Record<string, Call>> = {
  ...on([x], {
    acos: (a) => t.acos(a),
    all: (a) => t.all(a),
    any: (a) => t.any(a),
    argmax: (a) => t.argmax(a, 0),
    argmin: (a) => t.argmin(a, 0),
    argsort: (a) => t.argsort(a),
    asin: (a) => t.asin(a),
    asinh: (a) => t.asinh(a),
    at: (a) => t.at(a, [1, 0], null, t.range(undefined, undefined, -1)),
    atan: (a) => t.atan(a),
    atanh: (a) => t.atanh(a),
    bincount: (a) => t.bincount([2, 0, 2], { weights: a.at(0), length: 3 }),
    broadcastTo: (a) => t.broadcastTo(a, [2, 2, 3]),
    cast: (a) => t.cast(a, "f64"),
    ceil: (a) => t.ceil(a),
    clip: (a) => t.clip(a, 0, 1),
    concat: (a) => t.concat([a, a], 1),
    cos: (a) => t.cos(a),
    cosh: (a) => t.cosh(a),
    cummax: (a) => t.cummax(a, 1),
    cummin: (a) => t.cummin(a, 1),
    cumprod: (a) => t.cumprod(a, 1),
    cumsum: (a) => t.cumsum(a, 1),
    diag: (a) => t.diag(a),
    diagonal: (a) => t.diagonal(a),
    digamma: (a) => t.digamma(a),
    dynamicSlice: (a) => t.dynamicSlice(a, [0, 1], [2, 2]),
    erf: (a) => t.erf(a),
    erfc: (a) => t.erfc(a),
    erfinv: (a) => t.erfinv(a),
    exp: (a) => t.exp(a),
    exp2: (a) => t.exp2(a),
    expandDims: (a) => t.expandDims(a, 1),
    expm1: (a) => t.expm1(a),
    flip: (a) => t.flip(a),
    floor: (a) => t.floor(a),
    isFinite: (a) => t.isFinite(a),
    isInf: (a) => t.isInf(a),
    isNan: (a) => t.isNan(a),
    lgamma: (a) => t.lgamma(a),
    log: (a) => t.log(a),
    log10: (a) => t.log10(a),
    log1p: (a) => t.log1p(a),
    log2: (a) => t.log2(a),
    logicalNot: (a) => t.logicalNot(a),
    logSigmoid: (a) => t.logSigmoid(a),
    logSoftmax: (a) => t.logSoftmax(a),
    logSumExp: (a) => t.logSumExp(a, 1),
    max: (a) => t.max(a, 1),
    mean: (a) => t.mean(a, 1),
    median: (a) => t.median(a, 1),
    meshgrid: (a) => t.meshgrid([a.at(0), a.at(1)]),
    min: (a) => t.min(a, 1),
    moveAxis: (a) => t.moveAxis(a, 0, 1),
    nonZero: (a) => t.nonZero(a),
    norm: (a) => t.norm(a),
    pad: (a) => t.pad(a, 1, { mode: "edge" }),
    prod: (a) => t.prod(a, 1),
    quantile: (a) => t.quantile(a, [0.3, 0.6], 1),
    ravel: (a) => t.ravel(a),
    reciprocal: (a) => t.reciprocal(a.add(1)),
    repeat: (a) => t.repeat(a, 2, 0),
    reshape: (a) => t.reshape(a, [3, -1]),
    roll: (a) => t.roll(a, 1),
    round: (a) => t.round(a),
    rsqrt: (a) => t.rsqrt(a),
    scatterAdd: (a) => t.scatterAdd(a, [1, 0], 3),
    segmentSum: (a) => t.segmentSum(a, [1, 0], 3),
    sigmoid: (a) => t.sigmoid(a),
    sign: (a) => t.sign(a),
    silu: (a) => t.silu(a),
    sin: (a) => t.sin(a),
    sinh: (a) => t.sinh(a),
    softmax: (a) => t.softmax(a),
    softplus: (a) => t.softplus(a),
    sort: (a) => t.sort(a),
    split: (a) => t.split(a, [1, 2], 1),
    sqrt: (a) => t.sqrt(a),
    square: (a) => t.square(a),
    squeeze: (a) => t.squeeze(a),
    stack: (a) => t.stack([a, a]),
    std: (a) => t.std(a, 1),
    sum: (a) => t.sum(a, 1),
    swapAxes: (a) => t.swapAxes(a, 0, 1),
    take: (a) => t.take(a, [2, 0], 1),
    takeAlongAxis: (a) => t.takeAlongAxis(a, [[1], [0]]),
    tan: (a) => t.tan(a),
    tanh: (a) => t.tanh(a),
    tile: (a) => t.tile(a, [2, 1]),
    topK: (a) => t.topK(a, 2).values,
    trace: (a) => t.trace(a),
    transpose: (a) => t.transpose(a),
    trigamma: (a) => t.trigamma(a),
    tril: (a) => t.tril(a),
    triu: (a) => t.triu(a),
    trunc: (a) => t.trunc(a),
    unique: (a) => t.unique(a).values,
    variance: (a) => t.variance(a, 1),
  }),
  ...on([negative], {
    abs: (a) => t.abs(a),
    elu: (a) => t.elu(a),
    gelu: (a) => t.gelu(a),
    leakyRelu: (a) => t.leakyRelu(a),
    neg: (a) => t.neg(a),
    relu: (a) => t.relu(a),
  }),
  ...on([y], { acosh: (a) => t.acosh(a) }),
  ...on([[1, 2, 0]], {
    bitwiseNot: (a) => t.bitwiseNot(a),
    oneHot: (a) => t.oneHot(a, 3),
  }),
  ...on([x, y], {
    add: (a, b) => t.add(a, b),
    atan2: (a, b) => t.atan2(a, b),
    div: (a, b) => t.div(a, b),
    equal: (a, b) => t.equal(a, b),
    floorDivide: (a, b) => t.floorDivide(a, b),
    greater: (a, b) => t.greater(a, b),
    greaterEqual: (a, b) => t.greaterEqual(a, b),
    hypot: (a, b) => t.hypot(a, b),
    isClose: (a, b) => t.isClose(a, b),
    less: (a, b) => t.less(a, b),
    lessEqual: (a, b) => t.lessEqual(a, b),
    linearRecurrence: (a, b) => t.linearRecurrence(a, b),
    logAddExp: (a, b) => t.logAddExp(a, b),
    logicalAnd: (a, b) => t.logicalAnd(a, b),
    logicalOr: (a, b) => t.logicalOr(a, b),
    logicalXor: (a, b) => t.logicalXor(a, b),
    minimum: (a, b) => t.minimum(a, b),
    mul: (a, b) => t.mul(a, b),
    notEqual: (a, b) => t.notEqual(a, b),
    outer: (a, b) => t.outer(a, b),
    pow: (a, b) => t.pow(a, b),
    sub: (a, b) => t.sub(a, b),
    updateSlice: (a, b) => t.updateSlice(a, b.at(t.range(0, 1)), [1, 0]),
    vdot: (a, b) => t.vdot(a, b),
    where: (a, b) => t.where([true, false, true], a, b),
  }),
  ...on([y, x], {
    maximum: (a, b) => t.maximum(a, b),
    mod: (a, b) => t.mod(a, b),
    rem: (a, b) => t.rem(a, b),
  }),
  ...on([x, [[1.5], [2.5], [3.5]]], {
    einsum: (a, b) => t.einsum("ij,jk->ik", a, b),
    matmul: (a, b) => t.matmul(a, b),
  }),
  ...on(
    [
      [1, 2, 3],
      [3, 1, 1],
    ],
    {
      bitwiseAnd: (a, b) => t.bitwiseAnd(a, b),
      bitwiseOr: (a, b) => t.bitwiseOr(a, b),
      bitwiseXor: (a, b) => t.bitwiseXor(a, b),
      leftShift: (a, b) => t.leftShift(a, b),
      rightShift: (a, b) => t.rightShift(a, b),
      searchSorted: (a, b) => t.searchSorted(a, b),
    },
  ),
  ...on([image(1)], {
    avgPool1d: (a) => t.avgPool1d(a, { window: 2 }),
    maxPool1d: (a) => t.maxPool1d(a, { window: 2 }),
  }),
  ...on([image(2)], {
    avgPool2d: (a) => t.avgPool2d(a, { window: 2 }),
    maxPool2d: (a) => t.maxPool2d(a, { window: 2 }),
  }),
  ...on([image(3)], {
    avgPool3d: (a) => t.avgPool3d(a, { window: 2 }),
    maxPool3d: (a) => t.maxPool3d(a, { window: 2 }),
  }),
  ...on([image(1), kernel(1)], {
    conv1d: (a, w) => t.conv1d(a, w),
    convTranspose1d: (a, w) => t.convTranspose1d(a, w),
  }),
  ...on([image(2), kernel(2)], {
    conv2d: (a, w) => t.conv2d(a, w),
    convTranspose2d: (a, w) => t.convTranspose2d(a, w),
  }),
  ...on([image(3), kernel(3)], {
    conv3d: (a, w) => t.conv3d(a, w),
    convTranspose3d: (a, w) => t.convTranspose3d(a, w),
  }),
};

"""Writes the golden files of @x/tensor: what NumPy answers to the calls that the tests repeat.

    python3 tooling/scripts/golden.py

A case is a call of an exported function: its name, its arguments and the result. Tensors are written as
{"t": dtype, "s": shape, "d": elements}, ranges as {"range": [start, stop, step]}; NaN, infinities and -0 as text.
Needs numpy.
"""

import json
import pathlib
import warnings

import numpy as np

warnings.filterwarnings("ignore")
folder = pathlib.Path(__file__).parents[2] / "packages/tensor/test/golden"
names = {"float32": "f32", "float64": "f64", "int32": "i32", "uint32": "u32", "uint8": "u8", "bool": "bool"}
# NumPy counts and indexes in 64 bits.
narrow = {"int64": np.int32, "uint64": np.uint32}


def number(v):
    if isinstance(v, (bool, np.bool_)):
        return int(v)
    if isinstance(v, (int, np.integer)):
        return int(v)
    if np.isnan(v):
        return "NaN"
    if np.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    if v == 0 and np.signbit(v):
        return "-0"
    # The shortest text that gives the same f32 back keeps the files small.
    v = float(str(v)) if isinstance(v, np.float32) else float(v)
    return int(v) if v == int(v) and abs(v) < 1e15 else v


def plain(x):
    if isinstance(x, (np.ndarray, np.generic)):
        x = np.asarray(x)
        x = x.astype(narrow.get(x.dtype.name, x.dtype))
        return {"t": names[x.dtype.name], "s": list(x.shape), "d": [number(v) for v in x.ravel()]}
    if isinstance(x, slice):
        return {"range": [x.start, x.stop, 1 if x.step is None else x.step]}
    if x is Ellipsis:
        return "..."
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return number(x) if isinstance(x, float) else x


files = {}


def case(file, f, args, out, dtype=None):
    """A call f(*args) with its result, cast to the dtype in which @x/tensor answers."""
    if dtype is not None:
        out = np.asarray(out).astype(dtype)
    files.setdefault(file, []).append({"f": f, "args": plain(args), "out": plain(out)})


rng = np.random.default_rng(7)
nan, inf = np.nan, np.inf


def grid(*shape, low=-9, high=10, dtype=np.float64):
    return rng.integers(low, high, shape).astype(dtype)


def reals(*shape, digits=3):
    return np.round(rng.normal(size=shape), digits)


# Functions of one operand, in both precisions, at special and at usual values.
special = [0.0, -0.0, nan, inf, -inf, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 1.5, -1.5, 1e-10, -1e-5, 20.25, -30.5, 88.0, 1000.0, 12345.678]
unary = {
    "exp": np.exp, "expm1": np.expm1, "exp2": np.exp2, "log": np.log, "log1p": np.log1p, "log2": np.log2,
    "log10": np.log10, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "abs": np.abs, "sign": np.sign, "neg": np.negative, "floor": np.floor,
    "ceil": np.ceil, "round": np.round, "trunc": np.trunc, "square": np.square, "reciprocal": np.reciprocal,
    "isNan": np.isnan, "isFinite": np.isfinite, "isInf": np.isinf, "logicalNot": np.logical_not,
}
for name, f in unary.items():
    for dtype in (np.float64, np.float32):
        x = np.array(special, dtype)
        case("elementwise", name, [x], f(x))
ints = {np.int32: [0, 1, -1, 7, -7, 2**31 - 1, -(2**31)], np.uint32: [0, 1, 7, 2**31, 2**32 - 1], np.uint8: [0, 1, 7, 128, 255]}
for dtype, values in ints.items():
    x = np.array(values, dtype)
    for name in ("abs", "sign", "neg", "square", "floor", "round"):
        # The absolute value of -2^31 has no i32; bytes are squared as bytes in both.
        case("elementwise", name, [x], unary[name](x))
    case("elementwise", "bitwiseNot", [x], np.invert(x))

# Functions of two operands at all pairs.
values = [0.0, -0.0, nan, inf, -inf, 1.0, -1.0, 2.5, -3.0, 0.5, 1e-3]
binary = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power, "mod": np.mod,
    "rem": np.fmod, "floorDivide": np.floor_divide, "maximum": np.maximum, "minimum": np.minimum,
    "atan2": np.arctan2, "hypot": np.hypot, "logAddExp": np.logaddexp, "equal": np.equal,
    "notEqual": np.not_equal, "less": np.less, "lessEqual": np.less_equal, "greater": np.greater,
    "greaterEqual": np.greater_equal, "logicalAnd": np.logical_and, "logicalOr": np.logical_or,
    "logicalXor": np.logical_xor,
}
for name, f in binary.items():
    for dtype in (np.float64, np.float32):
        x, y = np.array(values, dtype)[:, None], np.array(values, dtype)
        case("binary", name, [x, y], f(x, y))
for dtype, values in ints.items():
    x, y = np.array(values, dtype)[:, None], np.array([v for v in values if v != 0], dtype)
    for name in ("add", "sub", "mul", "mod", "rem", "floorDivide", "maximum", "minimum", "less", "equal"):
        case("binary", name, [x, y], binary[name](x, y))
    for name, f in {"bitwiseAnd": np.bitwise_and, "bitwiseOr": np.bitwise_or, "bitwiseXor": np.bitwise_xor}.items():
        case("binary", name, [x, y], f(x, y))
    y = np.array([0, 1, 5], dtype)
    for name, f in {"leftShift": np.left_shift, "rightShift": np.right_shift}.items():
        case("binary", name, [x, y], f(x, y))
x = np.array([1.0, 0.1, 0.3, -0.7, 5.5, 1e17])[:, None]
y = np.array([0.1, -0.1, 0.3, 2.0])
case("binary", "floorDivide", [x, y], np.floor_divide(x, y))
case("binary", "mod", [x, y], np.mod(x, y))
a, b = np.array([1.0, inf, nan, 0.0, 1e8]), np.array([1.0 + 1e-6, inf, nan, 1e-9, 1.001e8])
case("binary", "isClose", [a, b], np.isclose(a, b))
a = np.array([-5.0, -0.5, nan, 3.0, inf])
case("binary", "clip", [a, -1.0, 2.0], np.clip(a, -1.0, 2.0))

# Reductions.
x = reals(2, 3, 4)
y = x.copy()
y[0, 1, 2], y[1, 0, 0], y[1, 2, 1] = nan, inf, -inf
reductions = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min, "variance": np.var, "std": np.std}
for name, f in reductions.items():
    for t in (x, y, x.astype(np.float32)):
        case("reductions", name, [t], f(t))
        case("reductions", name, [t, 1], f(t, axis=1))
        case("reductions", name, [t, [0, 2], {"keepDims": True}], f(t, axis=(0, 2), keepdims=True))
for name in ("sum", "mean", "prod"):
    empty = np.zeros((2, 0, 3))
    case("reductions", name, [empty, 1], reductions[name](empty, axis=1))
case("reductions", "variance", [x, 2, {"ddof": 1}], np.var(x, axis=2, ddof=1))
n = grid(3, 4, dtype=np.int32)
for name in ("sum", "prod", "max", "min"):
    case("reductions", name, [n, 0], reductions[name](n, axis=0), np.int32)
b = grid(3, 4, low=0, high=2, dtype=bool)
for name, f in {"any": np.any, "all": np.all}.items():
    for t in (b, x, y, np.zeros((2, 0))):
        case("reductions", name, [t, 1], f(t, axis=1))
for name in ("max", "min"):
    case("reductions", name, [b, 0], reductions[name](b, axis=0))
case("reductions", "sum", [b, 0], np.sum(b, axis=0), np.int32)
ties = np.array([[1.0, 3.0, 3.0, nan, 2.0], [3.0, 3.0, -1.0, -1.0, 0.0]])
for name, f in {"argmax": np.argmax, "argmin": np.argmin}.items():
    for t in (ties, n, b):
        case("reductions", name, [t], f(t))
        case("reductions", name, [t, 0], f(t, axis=0))
        case("reductions", name, [t, 1, {"keepDims": True}], f(t, axis=1, keepdims=True))
case("reductions", "logSumExp", [x, 1], np.log(np.sum(np.exp(x), axis=1)))
for p in (1, 2, 3, inf):
    case("reductions", "norm", [x[0], 1, {"p": p}], np.linalg.norm(x[0], ord=p, axis=1))
w = np.array([[0.0, 1.5, -2.0, nan, 3.0], [2.0, -1.0, 0.5, 4.0, inf]])
running = {"cumsum": np.cumsum, "cumprod": np.cumprod, "cummax": np.maximum.accumulate, "cummin": np.minimum.accumulate}
for name, f in running.items():
    for axis in (0, 1):
        case("reductions", name, [w, axis], f(w, axis=axis))
        case("reductions", name, [w, axis, {"reverse": True}], np.flip(f(np.flip(w, axis), axis=axis), axis))
for name in ("cumsum", "cumprod"):
    case("reductions", name, [n], running[name](n), np.int32)
q = [0, 0.1, 0.25, 0.5, 0.77, 1]
for t in (reals(7), reals(4, 6), ties[1:], w[:1]):
    case("reductions", "quantile", [t, q, -1], np.quantile(t, q, axis=-1))
    case("reductions", "median", [t, -1], np.median(t, axis=-1))
t = reals(2, 3, 4)
case("reductions", "quantile", [t, 0.3], np.quantile(t, 0.3))
case("reductions", "median", [t, [0, 2], {"keepDims": True}], np.median(t, axis=(0, 2), keepdims=True))

# Order.
s = np.array([[3.0, nan, -inf, 1.0, inf, nan, -2.0, 1.0], [0.0, 5.0, 5.0, -1.0, 2.0, nan, 0.0, 4.0]])
for t in (s, s.astype(np.float32), grid(3, 8, dtype=np.int32), grid(3, 8, low=0, high=256, dtype=np.uint8), b):
    for axis in (0, 1):
        case("sorting", "sort", [t, axis], np.sort(t, axis=axis))
        case("sorting", "argsort", [t, axis], np.argsort(t, axis=axis, kind="stable"))
row = np.sort(np.array([1.0, 2.0, 2.0, 2.0, 5.0, inf, nan]))
queries = np.array([[0.0, 1.0, 2.0], [2.5, inf, nan], [6.0, -inf, 5.0]])
for side in ("left", "right"):
    case("sorting", "searchSorted", [row, queries, side], np.searchsorted(row, queries, side=side))
    case("sorting", "searchSorted", [np.array([1, 1, 3], np.int32), np.array([0, 1, 2, 3, 4], np.int32), side], np.searchsorted([1, 1, 3], [0, 1, 2, 3, 4], side=side))
for t in (np.array([[3.0, nan, 1.0], [3.0, -inf, nan]]), grid(4, 5, low=0, high=6, dtype=np.int32), np.zeros((0,))):
    values, indices, inverse, counts = np.unique(t, return_index=True, return_inverse=True, return_counts=True)
    case("sorting", "unique", [t], {"values": values, "indices": indices, "inverse": inverse.reshape(t.shape), "counts": counts})
m = np.array([1, 4, 4, 0, 2, 4], np.int32)
case("sorting", "bincount", [m], np.bincount(m))
case("sorting", "bincount", [m, {"length": 7, "weights": np.arange(6.0)}], np.bincount(m, np.arange(6.0), 7))

# Products.
for a, b in (((3, 4), (4, 2)), ((5,), (5,)), ((5,), (2, 5, 3)), ((2, 3, 5), (5,)), ((2, 1, 3, 4), (3, 4, 2)), ((3, 0), (0, 2)), ((0, 3), (3, 2)), ((2, 3), (4, 3, 1))):
    a, b = grid(*a), grid(*b)
    case("products", "matmul", [a, b], np.matmul(a, b))
a, b = grid(2, 3, dtype=np.int32), grid(3, 2, dtype=np.int32)
case("products", "matmul", [a, b], np.matmul(a, b))
a, b = grid(3), grid(2)
case("products", "outer", [a, b], np.outer(a, b))
sums = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij,jk->ki", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ij", (2, 3)), ("ji", (2, 3)),
    ("ij->", (2, 3)), ("ij->i", (2, 3)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("iij->j", (3, 3, 2)), ("iij->ij", (3, 3, 2)), ("iii->i", (3, 3, 3)),
    ("i,i", (4,), (4,)), ("i,j->ij", (4,), (3,)), ("i,j->ji", (4,), (3,)), ("i,j->", (4,), (3,)), ("i,j->i", (4,), (3,)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bij,bkj->ibk", (2, 3, 4), (2, 5, 4)), ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)),
    ("...ij,...jk", (2, 3, 4), (4, 2)), ("i...,...i->...", (3, 2), (2, 3)), ("...,...", (3,), (2, 3)), ("...i->...", (2, 3)), ("i...->i...", (2, 3)),
    ("...ii->...i", (2, 3, 3)), ("abcd,cd,ef->fab", (2, 3, 4, 2), (4, 2), (3, 2)), ("ab,bc,cd->ad", (2, 3), (3, 4), (4, 5)),
    ("ab,ab,ab->a", (2, 3), (2, 3), (2, 3)), ("ij,jk->ik", (2, 1), (3, 4)), ("ij,ij->ij", (1, 3), (2, 1)), ("ij,jk->ik", (2, 0), (0, 3)),
    ("ij,kl->", (2, 3), (4, 2)), (",ij->ij", (), (2, 3)), ("ab,cd,ef,ab,ef->cd", (2, 3), (3, 2), (2, 2), (2, 3), (2, 2)), ("Ab,bA", (2, 3), (3, 2)),
    ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)), ("bhqk,bkhd->bqhd", (2, 2, 3, 5), (2, 5, 2, 4)), ("ii,i->i", (1, 1), (3,)),
]
for text, *shapes in sums:
    operands = [grid(*s) for s in shapes]
    case("products", "einsum", [text, *operands], np.einsum(text, *operands))
operands = [grid(2, 3, low=0, dtype=np.uint8), grid(3, 2, low=0, dtype=np.uint8)]
case("products", "einsum", ["ij,jk->ik", *operands], np.einsum("ij,jk->ik", *[o.astype(np.int32) for o in operands]))

# Shapes and places.
x = np.arange(12.0).reshape(3, 4)
for mode in ("constant", "edge", "reflect", "wrap"):
    case("places", "pad", [x, [[1, 2], [0, 3]], {"mode": mode}], np.pad(x, ((1, 2), (0, 3)), mode=mode))
case("places", "pad", [x, 1, {"value": -1}], np.pad(x, 1, constant_values=-1))
for shift, axis in ((1, 0), (-1, 1), (7, 1), (0, 0), (5, None), (-13, None)):
    case("places", "roll", [x, shift] + ([] if axis is None else [axis]), np.roll(x, shift, axis))
for counts in ([2], [2, 1], [3, 1, 2], [0, 2], []):
    case("places", "tile", [x, counts], np.tile(x, counts))
for axis in (0, 1, None):
    case("places", "repeat", [x, 2] + ([] if axis is None else [axis]), np.repeat(x, 2, axis))
case("places", "flip", [x], np.flip(x))
case("places", "flip", [x, -1], np.flip(x, -1))
case("places", "concat", [[x, x[:0], x[:1]]], np.concatenate([x, x[:0], x[:1]]))
case("places", "stack", [[x, x + 1], -1], np.stack([x, x + 1], -1))
case("places", "split", [np.arange(6.0), 3], np.split(np.arange(6.0), 3))
for k in (-4, -1, 0, 1, 2, 5):
    for name, f in {"triu": np.triu, "tril": np.tril, "diag": np.diag}.items():
        case("places", name, [x, k], f(x, k))
    case("places", "diag", [np.array([1.0, 2.0, 3.0]), k], np.diag([1.0, 2.0, 3.0], k))
t = np.arange(24.0).reshape(2, 3, 4)
for k, axes in ((0, (0, 1)), (1, (1, 2)), (-1, (2, 0)), (3, (0, 2)), (9, (1, 0))):
    case("places", "diagonal", [t, {"offset": k, "axes": axes}], np.diagonal(t, k, *axes))
    case("places", "trace", [t, {"offset": k, "axes": axes}], np.trace(t, k, *axes))
for indexing in ("xy", "ij"):
    for vs in (([1.0, 2.0],), ([1.0, 2.0], [3.0, 4.0, 5.0]), ([1.0, 2.0], [3.0], [5.0, 6.0])):
        vs = [np.array(v) for v in vs]
        case("places", "meshgrid", [vs, {"indexing": indexing}], list(np.meshgrid(*vs, indexing=indexing)))
case("places", "swapAxes", [t, 0, -1], np.swapaxes(t, 0, -1))
case("places", "moveAxis", [t, 0, -1], np.moveaxis(t, 0, -1))
case("places", "transpose", [t, [1, 2, 0]], np.transpose(t, (1, 2, 0)))
i = np.array([[2, 0], [-1, 1]], np.int32)
for axis in (0, 1, 2):
    small = np.clip(i, -t.shape[axis], t.shape[axis] - 1)
    case("places", "take", [t, small, axis], np.take(t, small, axis))
along = np.argsort(-x, axis=1, kind="stable")
case("places", "takeAlongAxis", [x, along, 1], np.take_along_axis(x, along, 1))
entries = [
    [0], [-1], [slice(1, None)], [slice(None, None, -1)], [slice(None), slice(3, 0, -2)], [slice(-2, None), 1], [None], [Ellipsis, 0],
    [Ellipsis, None, slice(1, 2)], [1, Ellipsis, -1], [slice(5, 9)], [slice(2, 1)], [slice(None, None, 3), slice(None), None, 2],
    [np.array([1, 0, 1], np.int32)], [slice(None), i], [slice(None), i, slice(None, None, 2)], [slice(None), np.array([0, 2], np.int32), np.array([3, 1], np.int32)],
    [np.array([0, 1], np.int32), slice(None), np.array([3, 1], np.int32)], [np.array([[0], [1]], np.int32), np.array([0, 2, 1], np.int32)],
    [np.array([0, 1], np.int32), None, np.array([2, 1], np.int32)], [None, np.array([1, 0], np.int32), Ellipsis], [Ellipsis, np.array([], np.int32)],
    [t > 7], [np.array([True, False])], [slice(None), np.array([True, False, True]), slice(None, None, -1)], [t[:, :, 0] > 3], [t > 99],
    [np.array([False, True]), slice(None), np.array([0], np.int32)], [slice(None, None, -2), i, 0][:2],
]
for entry in entries:
    case("places", "at", [t, *entry], t[tuple(entry)])

folder.mkdir(exist_ok=True)
for name, cases in files.items():
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    origin = f"NumPy {np.__version__}, by tooling/scripts/golden.py"
    (folder / f"{name}.json").write_text(f'{{"origin":{json.dumps(origin)},"cases":[\n{lines}\n]}}\n')
    print(name, len(cases), "cases")

"""Writes the files that the tests of @x/tensor/io read, with NumPy and the safetensors package.

    python3 tooling/scripts/golden-io.py && npm run format

Each file comes with the arrays that a reader must find in it, in the element types of @x/tensor.
Needs numpy; without safetensors its files are left as they are.
"""

import base64
import io
import json
import pathlib

import numpy as np

golden = pathlib.Path(__file__).parents[2] / "packages/tensor/test/io/golden"

# What each NumPy type is read as.
targets = {
    "bool": ("bool", "u1"), "uint8": ("u8", "u1"), "int8": ("i32", "<i4"), "int16": ("i32", "<i4"),
    "uint16": ("i32", "<i4"), "int32": ("i32", "<i4"), "uint32": ("u32", "<u4"),
    "int64": ("i32", "<i4"), "uint64": ("u32", "<u4"), "float16": ("f32", "<f4"),
    "float32": ("f32", "<f4"), "float64": ("f64", "<f8"),
}


def text(data):
    return base64.b64encode(data).decode()


def expected(array):
    dtype, code = targets[array.dtype.name]
    return {"dtype": dtype, "shape": list(array.shape), "data": text(array.astype(code).tobytes("C"))}


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def npz(save, arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


ramp = np.arange(24).reshape(2, 3, 4)
floats = np.array([0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, 6e-8, 65504.0, 1e-4])
arrays = {
    "bool": np.array([[True, False], [False, True]]),
    "u8": ramp.astype("u1"), "i8": np.array([-128, -1, 0, 127], "i1"),
    "i16 little": np.array([-32768, 5], "<i2"), "i16 big": np.array([-32768, 5], ">i2"),
    "u16": np.array([0, 65535], "<u2"), "i32": np.array([-(2**31), 2**31 - 1], "<i4"),
    "i32 big": np.array([-(2**31), 7], ">i4"), "u32": np.array([0, 2**32 - 1], "<u4"),
    "i64": np.array([-(2**31), 2**31 - 1], "<i8"), "i64 big": np.array([-3, 9], ">i8"),
    "u64": np.array([2**32 - 1], "<u8"), "f16": floats.astype("<f2"),
    "f16 big": floats.astype(">f2"), "f32": floats.astype("<f4"), "f32 big": floats.astype(">f4"),
    "f64": floats.astype("<f8"), "f64 big": floats.astype(">f8"),
    "fortran order": np.asfortranarray(ramp.astype("<f8")),
    "fortran order, big": np.asfortranarray(ramp.astype(">i4")),
    "rank 0": np.array(3.5), "empty": np.zeros((0, 3), "<f4"), "empty, rank 3": np.zeros((2, 0, 3), "<i4"),
    # With a header of exactly 128 bytes NumPy adds another 64.
    "full header": np.zeros((0, *[1] * 12, 100), "<f4"),
    "twelve digits": np.zeros((0, 123456789012), "u1"),
}
written_alike = {"bool", "u8", "i32", "u32", "f32", "f64", "rank 0", "empty", "empty, rank 3", "full header", "twelve digits"}
cases = [
    {"name": name, "file": text(npy(array)), "expected": expected(array), "writtenAlike": name in written_alike}
    for name, array in arrays.items()
]
for version in [(2, 0), (3, 0)]:
    array = ramp.astype("<f4")
    cases.append({
        "name": f"version {version[0]}", "file": text(npy(array, version)),
        "expected": expected(array), "writtenAlike": False,
    })
named = {"x": ramp.astype("<f4"), "é": np.array([1, 2], "<i4"), "a/b": np.zeros((0, 2)), "s": np.array(True)}
archives = [
    {
        "name": save.__name__, "file": text(npz(save, named)),
        "expected": {name: expected(array) for name, array in named.items()},
    }
    for save in [np.savez, np.savez_compressed]
]
note = f"Made by tooling/scripts/golden-io.py with NumPy {np.__version__}; bytes in base64."
golden.mkdir(exist_ok=True)
(golden / "numpy.json").write_text(json.dumps({"note": note, "npy": cases, "npz": archives}, indent=2, ensure_ascii=False) + "\n")

try:
    import safetensors
    from safetensors.numpy import save
except ImportError:
    raise SystemExit("golden-io: wrote numpy.json; safetensors.json is left, its package is missing")

tensors = {
    name: arrays[key]
    for name, key in [
        ("a.bool", "bool"), ("b.u8", "u8"), ("c.i32", "i32"), ("d.u32", "u32"), ("z.f32", "f32"),
        ("e.f64", "rank 0"), ("é", "f64"), ("\U0001f600", "f64"), ("\uffee", "f64"), ("empty", "empty"),
    ]
}
alike = save(tensors, metadata={"format": "np"})
others = {
    name: arrays[key]
    for name, key in [("i8", "i8"), ("i16", "i16 little"), ("u16", "u16"), ("i64", "i64"), ("u64", "u64"), ("f16", "f16")]
}
note = f"Made by tooling/scripts/golden-io.py with safetensors {safetensors.__version__}; bytes in base64."
files = [
    {
        "name": "types of tensors", "file": text(alike), "metadata": {"format": "np"}, "writtenAlike": True,
        "expected": {name: expected(array) for name, array in tensors.items()},
    },
    {
        "name": "converted types", "file": text(save(others)), "metadata": {}, "writtenAlike": False,
        "expected": {name: expected(array) for name, array in others.items()},
    },
    {"name": "nothing", "file": text(save({})), "metadata": {}, "writtenAlike": True, "expected": {}},
]
(golden / "safetensors.json").write_text(json.dumps({"note": note, "files": files}, indent=2, ensure_ascii=False) + "\n")

"""Writes packages/tensor/test/golden/elementary-functions.json: values to more digits than f64 holds.

    pip install mpmath
    python3 tooling/scripts/golden-elementary.py

Every entry is [arguments…, value as f64, value − that f64].
"""

import json
from pathlib import Path

import mpmath
from mpmath import mp, mpf

mp.prec = 300
FILE = Path(__file__).resolve().parents[2] / "packages/tensor/test/golden/elementary-functions.json"


def spread(low, high, count=24):
    """Points all over the range, of six digits."""
    return [float(f"{low + (high - low) * ((k * 0.6180339887498949) % 1):.6g}") for k in range(1, count)]


def powers(low, high, count=24):
    """Points spread over orders of magnitude."""
    return [float(f"{10 ** e:.6g}") for e in spread(low, high, count)]


def near_multiples():
    """Numbers as near to a multiple of π/2 as f64 can come: of 2000 multiples the worst, and the worst of all."""
    nearest = [float(k * mpmath.pi / 2) for k in list(range(1, 1000)) + list(range(1047000, 1048000))]
    nearest.sort(key=lambda x: abs(mpmath.sin(2 * mpf(x))))
    return nearest[:12] + [6381956970095103.0 * 2.0**797, 1e22, 1e300, 1647099.0, 1647099.5, 1e7, 3e9]


def erfinv(x):
    rest = 1 - mpf(x)
    y = mpf(x) if x < 0.75 else mpmath.sqrt(-mpmath.log(rest))
    for _ in range(200):
        step = (mpmath.erfc(y) - rest) * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(y * y)
        y += step / (1 - y * step) if abs(y * step) < 0.5 else step
        if abs(step) < mpf(10) ** -60:
            return y
    raise ValueError(x)


TRIG = spread(-7, 7) + spread(-1e5, 1e5) + powers(-8, 0, 8) + near_multiples()
UNARY = {
    "exp": (mpmath.exp, spread(-1, 1) + spread(-700, 700) + [-745.1, -744.4, -708.5, 709.7, 1e-17]),
    "expm1": (mpmath.expm1, spread(-1, 1) + spread(-40, 700) + powers(-17, -1, 8)),
    "log": (mpmath.log, spread(0.5, 2, 48) + spread(0.99, 1.01) + powers(-307, 308) + [5e-324, 3.2e-310]),
    "log1p": (mpmath.log1p, spread(-0.9, 2, 48) + powers(-17, 0, 12) + powers(0, 300, 8)),
    "tanh": (mpmath.tanh, spread(-1, 1) + spread(-20, 20) + powers(-17, -1, 8)),
    "sin": (mpmath.sin, TRIG),
    "cos": (mpmath.cos, TRIG),
    "tan": (mpmath.tan, TRIG),
    "asin": (mpmath.asin, spread(-1, 1, 48) + powers(-9, -1, 8)),
    "acos": (mpmath.acos, spread(-1, 1, 48) + [0.999999, 0.9999999999, -0.9999999999]),
    "atan": (mpmath.atan, spread(-1, 1) + spread(-5, 5) + powers(-9, 9)),
    "sinh": (mpmath.sinh, spread(-1, 1) + spread(-700, 700) + [710.4]),
    "cosh": (mpmath.cosh, spread(-1, 1) + spread(-700, 700) + [710.4]),
    "asinh": (mpmath.asinh, spread(-1, 1) + powers(-9, 300) + [134217727.0, 134217729.0]),
    "acosh": (mpmath.acosh, spread(1, 2) + powers(0, 300) + [134217727.0, 134217729.0]),
    "atanh": (mpmath.atanh, spread(-1, 1) + powers(-9, -1, 8)),
    "erf": (mpmath.erf, spread(-1, 1, 48) + spread(1, 6) + [0.999999, 1.000001] + powers(-300, -1, 8)),
    "erfc": (mpmath.erfc, spread(-1, 1) + spread(0.4, 1.6) + spread(-6, 26) + [0.476899, 0.476901, 26.9, 27.2]),
    "erfinv": (
        lambda x: mpmath.sign(x) * erfinv(abs(x)),
        spread(-1, 1) + [0.749999, 0.750001, 0.999999, 1 - 2.0**-50, 1 - 2.0**-53] + powers(-9, -1, 8),
    ),
    "lgamma": (
        mpmath.loggamma,
        spread(0, 3, 48) + spread(3, 9) + powers(1, 300, 12) + powers(-300, -1, 8)
        + [0.799999, 0.800001, 0.999999, 1.000001, 1.999999, 2.000001, 2.999999, 3.000001, 7.999999],
    ),
}
def exponents(xs):
    """Exponents that bring x anywhere between the ends of the range of f64."""
    ends = reversed(spread(-700, 700, len(xs) + 1))
    return [(x, float(f"{float(y / mpmath.log(x)):.6g}")) for x, y in zip(xs, ends)]


BINARY = {
    "pow": (
        mpmath.power,
        exponents(spread(0.01, 20, 40)) + exponents(spread(0.7, 1.4, 40))
        + [(3.2e-310, 0.9), (1.7e308, -0.99), (1.0000001, 6e9), (0.9999999, 7e9), (2.5, -810.1)],
    ),
    "atan2": (
        mpmath.atan2,
        list(zip(spread(-3, 3, 40), reversed(spread(-2, 5, 40)))) + [(1e-300, -1e300), (1e300, 1e300), (5e-324, 1e-310)],
    ),
}


def rows(function, points):
    """One line per point."""
    for point in points:
        arguments = point if isinstance(point, tuple) else (point,)
        # 10^300 less a multiple of π leaves nothing of 300 bits.
        with mp.workprec(1300 if function in (mpmath.sin, mpmath.cos, mpmath.tan) else 300):
            exact = function(*(mpf(a) for a in arguments))
            value = float(exact)
            rest = float(exact - value)
        yield json.dumps([*arguments, value, float(f"{rest:.4g}")])


def main():
    parts = ['"origin": "mpmath at 300 bits and more, by tooling/scripts/golden-elementary.py"']
    for name, (function, points) in {**UNARY, **BINARY}.items():
        parts.append(f'"{name}": [\n  ' + ",\n  ".join(rows(function, points)) + "\n]")
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n")


main()

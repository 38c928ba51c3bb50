"""Derives every coefficient of the elementary functions of @x/tensor.

    pip install mpmath            # or: apt-get install python3-mpmath
    python3 tooling/scripts/minimax.py          # prints all tables with their errors
    python3 tooling/scripts/minimax.py log erf  # only those
    python3 tooling/scripts/minimax.py --check  # and fails if a number is not in the file that uses it

Each fit is a weighted minimax approximation by polynomials or quotients of polynomials (minimax_remez.py).
Polynomials are rounded one coefficient at a time, lowest first, the rest being fitted again after each
(where 0 lies inside the interval, all at once). Of a quotient the denominator is rounded as a whole, then the
numerator in the same way as a polynomial. Errors are those after rounding, on a finer grid, relative to the
function that the formula yields; roundings of the evaluation come on top.
"""

import sys
from pathlib import Path

from mpmath import (
    atan,
    atanh,
    cos,
    erf,
    erfc,
    exp,
    floor,
    log,
    loggamma,
    mp,
    mpf,
    pi,
    sin,
    sqrt,
    tan,
    tanh,
)

from minimax_remez import Fit, fit, parts, rounded

mp.prec = 300
ROOT = Path(__file__).resolve().parents[2] / "packages/tensor"
HALF_LN2 = log(2) / 2 * (1 + mpf(2) ** -20)
TINY = mpf(10) ** -12


def odd_tail(f, terms, power):
    """(f(s) − terms(s)) / s^power and its weight relative to f, as functions of z = s²."""
    return (
        lambda z: (f(sqrt(z)) - terms(sqrt(z))) / sqrt(z) ** power,
        lambda z: abs(sqrt(z) ** power / f(sqrt(z))),
    )


def scaled_erfcx(t):
    x = 1 / t - mpf(1) / 2
    return exp(x * x) * erfc(x) / t - mpf("0.5625")


def erfinv(a, rest):
    """Newton and Halley on erfc, for a with rest = 1 − a."""
    y = sqrt(-log(rest)) * mpf("0.95") if rest < 0.3 else a * mpf("0.886")
    for _ in range(90):
        d = (erfc(y) - rest) * sqrt(pi) / 2 * exp(y * y)
        if abs(y * d) < 0.5:
            d /= 1 - y * d
        y += d
        if abs(d) < mpf(10) ** -70:
            break
    return y


def memo(f):
    known = {}
    return lambda x: known[x] if x in known else known.setdefault(x, f(x))


# Halley's step turns the error e of erfinv into (y² + 1) e³ / 3; the weight makes that equal in relative terms.
def halley(y):
    return (y * y * (y * y + 1) / 3) ** (mpf(1) / 3)


center = memo(lambda z: erfinv(sqrt(z), 1 - sqrt(z)) / sqrt(z))
tail = memo(lambda r: erfinv(1 - exp(-r * r), exp(-r * r)))
around = memo(lambda t: loggamma(1 + t) / (t * (t - 1)) - mpf(1) / 2)


def stirling(w):
    x = 1 / sqrt(w)
    return (loggamma(x) - (x - mpf(1) / 2) * log(x) + x - log(2 * pi) / 2) * x


def double_atanh(s):
    return 2 * atanh(s)


SINE = odd_tail(sin, lambda s: s, 3)
COSINE = odd_tail(cos, lambda s: 1 - s * s / 2, 4)
ARC = odd_tail(atan, lambda s: s, 3)
LOG = odd_tail(double_atanh, lambda s: 2 * s, 3)
LOG_PAIR = odd_tail(double_atanh, lambda s: 2 * s + 2 * s**3 / 3, 5)
ERF = odd_tail(erf, lambda s: s, 1)
# Near the middle; of its neighbours the one for which rounding the coefficients does the least harm.
ERF_CENTER = mpf("0.484375")
ERF_SINGLE = odd_tail(erf, lambda s: 0, 1)
# e^r − 1 = 2r / (r coth(r/2) − r): what the quotient does to an error is worst for positive r.
EXP = (
    lambda z: (sqrt(z) / tanh(sqrt(z) / 2) - 2) / z,
    lambda z: z / (sqrt(z) / tanh(sqrt(z) / 2) - sqrt(z)),
)

FITS = [
    Fit("exp f32", "math-exp.ts", *EXP, (TINY, HALF_LN2**2), 1, bits=24, form="r coth(r/2) = 2 + r² P(r²)"),
    Fit("exp f64", "math-exp.ts", *EXP, (TINY, HALF_LN2**2), 4, form="r coth(r/2) = 2 + r² P(r²)"),
    Fit("log f32", "math-log.ts", *LOG, (0, (sqrt(2) - 1) ** 4), 3, bits=24, form="2 atanh s = 2s + s³ P(s²)"),
    Fit("log f64", "math-log.ts", *LOG, (0, (sqrt(2) - 1) ** 4), 6, form="2 atanh s = 2s + s³ P(s²)"),
    Fit("sin", "math-trig.ts", *SINE, (0, (pi / 4) ** 2), 5, form="sin y = y + y³ P(y²)"),
    Fit("cos", "math-trig.ts", *COSINE, (0, (pi / 4) ** 2), 5, form="cos y = 1 − y²/2 + y⁴ P(y²)"),
    Fit("atan", "math-arc.ts", *ARC, (0, tan(pi / 8) ** 2), 3, 4, form="atan t = t + t³ P(t²) / Q(t²)"),
    Fit("pow", "math-pow.ts", *LOG_PAIR, (0, tanh(log(2) / 8) ** 2), 4, form="2 atanh s = 2s + ⅔s³ + s⁵ P(s²)"),
    Fit("erf near", "math-erf.ts", lambda u: ERF[0](u + ERF_CENTER), lambda u: ERF[1](u + ERF_CENTER),
        (TINY - ERF_CENTER, 1 - ERF_CENTER), 12, form="erf x = x + x P(x² − 0.484375)"),
    Fit("erfcx", "math-erf.ts", scaled_erfcx, lambda t: 1 / (scaled_erfcx(t) + mpf("0.5625")),
        (1 / mpf("28.5"), 1 / mpf("0.9765")), 10, 10,
        form="e^(x²) erfc x = (0.5625 + P(t) / Q(t)) t, t = 1 / (x + ½)"),
    Fit("erf single", "math-erf.ts", *ERF_SINGLE, (0, 16), 6, 5, form="erf x = x P(x²) / Q(x²)"),
    Fit("erfinv center", "math-erfinv.ts", center, lambda z: halley(center(z) * sqrt(z)) / center(z),
        (TINY, mpf("0.75") ** 2), 2, 2, form="y₀ = x P(x²) / Q(x²)"),
    Fit("erfinv tail", "math-erfinv.ts", tail, lambda r: halley(tail(r)) / tail(r),
        (sqrt(log(4)), mpf("6.07")), 3, 3, form="y₀ = P(r) / Q(r), r = √−log(1 − x)"),
    Fit("erfinv center, GPU", "../src/gpu/source/special-functions.ts", center, lambda z: 1 / center(z),
        (TINY, mpf("0.75") ** 2), 3, 3, bits=24, form="y = x P(x²) / Q(x²)"),
    Fit("erfinv tail, GPU", "../src/gpu/source/special-functions.ts", tail, lambda r: 1 / tail(r),
        (sqrt(log(4)), sqrt(24 * log(2))), 4, 3, bits=24, form="y = P(r) / Q(r), r = √−log(1 − x)"),
    Fit("lgamma middle, GPU", "../src/gpu/source/gamma-functions.ts", around, lambda t: 1 / (around(t) + mpf(1) / 2),
        (mpf("-0.2") - TINY, 2), 4, 4, bits=24, form="log Γ(1 + t) = t (t − 1) (½ + P(t) / Q(t))"),
    Fit("lgamma middle", "math-gamma.ts", around, lambda t: 1 / (around(t) + mpf(1) / 2),
        (mpf("-0.2") - TINY, 2), 8, 8, form="log Γ(1 + t) = t (t − 1) (½ + P(t) / Q(t))"),
    Fit("lgamma far", "math-gamma.ts", stirling, lambda w: sqrt(w) / loggamma(1 / sqrt(w)),
        (mpf(10) ** -8, mpf(1) / 64), 5,
        form="log Γ(x) = (x − ½) log x − x + ½ log 2π + P(x⁻²) / x"),
]

# Constants in parts: (name, file, value, significant bits of every part but the last, parts, of the last).
SPLITS = [
    ("ln 2, f32", "math-lanes.ts", log(2), 16, 2, 24),
    ("ln 2, f64", "math-lanes.ts", log(2), 41, 2, 53),
    ("pi / 2", "math-trig.ts", pi / 2, 32, 4, 53),
    ("pi / 2, for Payne and Hanek", "math-trig.ts", pi / 2, 26, 2, 53),
    ("pi / 4", "math-arc.ts", pi / 4, 53, 2, 53),
    ("pi / 2", "math-arc.ts", pi / 2, 53, 2, 53),
    ("pi", "math-arc.ts", pi, 53, 2, 53),
    ("sqrt 2", "math-pow.ts", sqrt(2), 53, 2, 53),
    ("2 / 3", "math-pow.ts", mpf(2) / 3, 26, 2, 53),
]


def main(arguments):
    check = "--check" in arguments
    wanted = [a for a in arguments if not a.startswith("--")]
    missing = []

    def show(file, texts):
        paths = [ROOT / "assembly" / file]
        if file == "math-erfinv.ts":
            paths.append(ROOT / "src/cpu/fallback/special.ts")
        for text in texts:
            print("   ", text)
            for path in paths:
                if check and text.lstrip("-") not in path.read_text():
                    missing.append(f"{path.relative_to(ROOT)}: {text}")

    def asked(name):
        return not wanted or any(name.startswith(w) for w in wanted)

    for item in FITS:
        if not asked(item.name):
            continue
        numerator, denominator, error = fit(item)
        degree = f"{item.degree} over {item.below}" if item.below else f"{item.degree}"
        low, high = (float(v) for v in item.interval)
        print(f"{item.name} ({item.file}): {item.form}")
        print(f"  degree {degree} on [{low:.6g}, {high:.6g}], error 2^{float(log(error, 2)):.2f}")
        show(item.file, [rounded(c, item.bits)[1] for c in numerator])
        if item.below:
            print("  over")
            show(item.file, [rounded(c, item.bits)[1] for c in denominator[1:]])
    for name, file, value, bits, count, last in SPLITS:
        if asked(name):
            print(f"{name} ({file}) in {count} parts")
            show(file, [rounded(c, last)[1] for c in parts(value, bits, count, last)])
    if asked("2 / pi"):
        print("2 / pi (math-trig.ts), binary places by 64")
        places = two_over_pi(1216)
        show("math-trig.ts", [f"0x{(places >> (1152 - 64 * i)) & (2**64 - 1):016x}" for i in range(19)])
    if missing:
        print("\nnot in the source:", *missing, sep="\n  ")
        sys.exit(1)


def two_over_pi(count):
    with mp.workprec(count + 64):
        return int(floor(2 / pi * mpf(2) ** count))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Weighted minimax fits on a fine grid by Remez's exchange, and rounding to what a float can hold."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from mpmath import cos, frexp, ldexp, lu_solve, matrix, mpf, nint, pi
from mpmath import floor as whole

GRID = 300


@dataclass
class Fit:
    """P of degree `degree` over Q of degree `below` (Q(0) = 1) for f, errors times weight made least."""

    name: str
    file: str
    f: Callable
    weight: Callable
    interval: tuple
    degree: int
    below: int = 0
    bits: int = 53
    form: str = ""


def grid(interval, count):
    """Chebyshev's points: dense at the ends, where errors of a fit move fastest."""
    low, high = (mpf(v) for v in interval)
    turns = [cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    return [(low + high) / 2 - (high - low) / 2 * t for t in turns]


def value(coefficients, x):
    y = mpf(0)
    for c in reversed(coefficients):
        y = y * x + c
    return y


def alternating(errors, count):
    """Places of `count` errors of alternating sign, as large as can be; fewer if there are not so many."""
    runs = []
    for i, e in enumerate(errors):
        if runs and (errors[runs[-1]] > 0) == (e > 0):
            if abs(e) > abs(errors[runs[-1]]):
                runs[-1] = i
        else:
            runs.append(i)
    while len(runs) > count:
        least = min(range(len(runs)), key=lambda j: abs(errors[runs[j]]))
        at_end = least in (0, len(runs) - 1)
        if at_end or len(runs) == count + 1:
            end = least if at_end else (0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
            runs.pop(end)
        else:
            beside = min((least - 1, least + 1), key=lambda j: abs(errors[runs[j]]))
            del runs[min(least, beside) : max(least, beside) + 1]
    return runs


def levelled(points, degree, below, known, denominator, level):
    """Solves P(x) − (f + (−1)^i E / w) Q(x) = 0 at the given points; E stays 0 without `level`.

    The product of the unknowns E and Q is taken with the last Q, until that no longer changes.
    """
    unknown = degree + 1 - len(known)
    size = unknown + below + (1 if level else 0)
    for _ in range(8 if below and level else 1):
        a, b = matrix(size, size), matrix(size, 1)
        for row, (x, f, w) in enumerate(points):
            for j in range(unknown):
                a[row, j] = x ** (len(known) + j)
            for j in range(below):
                a[row, unknown + j] = -f * x ** (j + 1)
            if level:
                a[row, size - 1] = (-1) ** row / w * value(denominator, x)
            b[row] = f - value(known, x)
        solution = lu_solve(a, b)
        last = denominator
        denominator = [mpf(1)] + [solution[unknown + j] for j in range(below)]
        if max(abs(p / q - 1) for p, q in zip(denominator, last)) < mpf(10) ** -12:
            break
    return list(known) + [solution[j] for j in range(unknown)], denominator


def remez(xs, fs, ws, degree, below, known=()):
    """The best P and Q on the grid, P's first coefficients being `known`."""
    free = degree + 1 - len(known) + below
    table = list(zip(xs, fs, ws))
    start = [table[int((i + 0.5) * len(xs) / free)] for i in range(free)]
    p, q = levelled(start, degree, below, known, [mpf(1)] * (below + 1), False)
    best = None
    for _ in range(40):
        errors = [(value(p, x) / value(q, x) - f) * w for x, f, w in table]
        top = max(abs(e) for e in errors)
        if best is None or top < best[2]:
            best = (p, q, top)
        places = alternating(errors, free + 1)
        if len(places) <= free or top <= 1.001 * min(abs(errors[i]) for i in places):
            break
        p, q = levelled([table[i] for i in places], degree, below, known, q, True)
    return best


def rounded(x, bits):
    """x to the nearest f64 (53 bits) or f32 (24 bits), and its shortest decimal form, exponents as in the sources."""
    if bits == 53:
        return mpf(float(x)), repr(float(x)).replace("e-0", "e-")
    single = struct.unpack("f", struct.pack("f", float(x)))[0]
    for digits in range(6, 10):
        text = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            return mpf(single), repr(float(text)).replace("e-0", "e-")


def fit(item):
    """Coefficients of P and of Q as floats hold them, and the largest weighted error."""
    xs = grid(item.interval, GRID)
    fs = [item.f(x) for x in xs]
    ws = [item.weight(x) for x in xs]
    p, q, _ = remez(xs, fs, ws, item.degree, item.below)
    q = [rounded(c, item.bits)[0] for c in q]
    bottom = [value(q, x) for x in xs]
    fs = [f * d for f, d in zip(fs, bottom)]
    ws = [w / abs(d) for w, d in zip(ws, bottom)]

    def largest(p):
        return max(abs((value(p, x) - f) * w) for x, f, w in zip(xs, fs, ws))

    # With 0 inside, what is left after x^k is divided out has no best fit that alternates; nor where errors of
    # the rounded coefficients already prevail. Then the rest stays as it was.
    one_sided = not item.interval[0] < 0 < item.interval[1]
    for k in range(item.degree + 1):
        p[k] = rounded(p[k], item.bits)[0]
        if one_sided and k < item.degree:
            p = min(p, remez(xs, fs, ws, item.degree, 0, p[: k + 1])[0], key=largest)
    error = max(
        abs((value(p, x) / value(q, x) - item.f(x)) * item.weight(x))
        for x in grid(item.interval, 3 * GRID + 1)
    )
    return p, q, error


def parts(x, bits, count, last):
    """x as a sum of `count` numbers: all but the last cut to `bits` bits, the last rounded to `last`."""
    result = []
    for _ in range(count - 1):
        exponent = frexp(x)[1]
        head = ldexp((nint if bits == 53 else whole)(ldexp(x, bits - exponent)), exponent - bits)
        result.append(head)
        x -= head
    return [*result, rounded(x, last)[0]]

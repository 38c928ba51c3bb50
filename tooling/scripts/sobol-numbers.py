"""Writes the direction numbers of Joe and Kuo (2008, new-joe-kuo-6) for the first dimensions, as SciPy carries them.

Usage: python3 tooling/scripts/sobol-numbers.py > packages/ot/src/sliced/sobol-numbers.ts
"""
from pathlib import Path

import numpy as np
import scipy.stats

dimensions = 128
data = np.load(Path(scipy.stats.__file__).parent / "_sobol_direction_numbers.npz")
rows = []
for k in range(1, dimensions):
    polynomial = int(data["poly"][k])
    degree = polynomial.bit_length() - 1
    rows.append(",".join(str(v) for v in [polynomial, *map(int, data["vinit"][k][:degree])]))
print("// Made by tooling/scripts/sobol-numbers.py: of each dimension after the first the primitive polynomial, as bits,")
print("// and the first direction numbers. Joe & Kuo 2008, new-joe-kuo-6.")
print("export const sobolNumbers: string =")
text = " ".join(rows)
lines = [text[i : i + 110] for i in range(0, len(text), 110)]
print(" +\n".join(f'  "{line}"' for line in lines) + ";")

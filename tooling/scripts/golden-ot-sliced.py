"""Golden numbers of sliced optimal transport from SciPy and POT.

Usage: python3 tooling/scripts/golden-ot-sliced.py > packages/ot/test/golden/sliced.json
"""
import json

import numpy as np
import ot
from scipy.stats import qmc

rng = np.random.default_rng(7)
x, y = rng.standard_normal((12, 3)).round(3), (rng.standard_normal((9, 3)) + 1).round(3)
a = rng.uniform(0.5, 1, 12).round(3)
a /= a.sum()
theta = rng.standard_normal((6, 3))
theta /= np.linalg.norm(theta, axis=1, keepdims=True)
# POT divides by its number of projections, also where they are given.
values = {
    p: ot.sliced_wasserstein_distance(x, y, a, None, 6, projections=theta.T, p=p) for p in (1, 2, 3)
}
u, v = rng.uniform(0, 1, 7).round(3), rng.uniform(0, 1, 5).round(3)
print(
    json.dumps(
        {
            "sources": f"POT {ot.__version__} sliced_wasserstein_distance; SciPy qmc.Sobol",
            "sobol": {
                "first": qmc.Sobol(6, scramble=False).random(16).tolist(),
                "hundredth": qmc.Sobol(128, scramble=False).random(128)[100].tolist(),
            },
            "sliced": {
                "x": x.tolist(),
                "y": y.tolist(),
                "a": a.tolist(),
                "theta": theta.tolist(),
                "values": values,
            },
        }
    )
)

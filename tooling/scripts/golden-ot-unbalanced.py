"""Writes packages/ot/test/golden/unbalanced.json: plain scaling for unbalanced, POT (python3-pot) for partial transport."""

import json
from pathlib import Path

import numpy as np
import ot

random = np.random.default_rng(5)
n, m, eps = 6, 5, 0.4
x, y = random.normal(size=(n, 2)), random.normal(size=(m, 2)) + 0.5
C = ot.dist(x, y)
a, b = random.uniform(0.5, 1.5, n), random.uniform(0.2, 1.0, m)


def unbalanced_reference(rho):
    """Plain iterations of the scaling algorithm with the reference measure a⊗b."""
    K = np.outer(a, b) * np.exp(-C / eps)
    u, v = np.ones(n), np.ones(m)
    for _ in range(100000):
        u = (a / (K @ v)) ** (rho / (rho + eps))
        v = (b / (K.T @ u)) ** (rho / (rho + eps))
    return u[:, None] * K * v


unbalanced = {str(rho): unbalanced_reference(rho) for rho in (0.5, 2.0)}
uniform_a, uniform_b = np.full(n, 1 / n), np.full(m, 1 / m)
partial = ot.partial.entropic_partial_wasserstein(uniform_a, uniform_b, C, eps, m=0.7, numItermax=100000, stopThr=1e-15)
out = {
    "origin": "tooling/scripts/golden-ot-unbalanced.py, POT " + ot.__version__,
    "a": a.tolist(),
    "b": b.tolist(),
    "C": C.tolist(),
    "eps": eps,
    "unbalanced": {rho: plan.tolist() for rho, plan in unbalanced.items()},
    "partial": partial.tolist(),
}
target = Path(__file__).parents[2] / "packages/ot/test/golden/unbalanced.json"
target.write_text(json.dumps(out, indent=1) + "\n")

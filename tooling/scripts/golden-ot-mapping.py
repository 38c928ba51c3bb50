"""Writes packages/ot/test/golden/mapping.json: a plan by classes from POT (python3-pot)."""

import json
from pathlib import Path

import numpy as np
import ot

random = np.random.default_rng(11)
n, m, eps, eta = 8, 6, 0.3, 0.7
C = ot.dist(random.normal(size=(n, 2)), random.normal(size=(m, 2)))
labels = [0, 1, 1, 2, 0, 2, 1, 0]
a, b = random.uniform(0.5, 1.5, n), random.uniform(0.5, 1.5, m)
a, b = a / a.sum(), b / b.sum()
# Four solutions: the first with plain costs, then three rounds of majorisation.
plan = ot.da.sinkhorn_lpl1_mm(
    a, np.array(labels), b, C, eps, eta, numItermax=4, numInnerItermax=100000, stopInnerThr=1e-15
)
out = {
    "origin": "tooling/scripts/golden-ot-mapping.py, POT " + ot.__version__,
    "C": C.tolist(),
    "labels": labels,
    "a": a.tolist(),
    "b": b.tolist(),
    "eps": eps,
    "eta": eta,
    "plan": plan.tolist(),
}
target = Path(__file__).parents[2] / "packages/ot/test/golden/mapping.json"
target.write_text(json.dumps(out, indent=1) + "\n")

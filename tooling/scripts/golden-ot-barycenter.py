"""Writes packages/ot/test/golden/barycenter.json: barycenters by POT (python3-pot)."""

import json
from pathlib import Path

import numpy as np
import ot

random = np.random.default_rng(7)
n, eps = 12, 0.02
x = np.linspace(0, 1, n)
C = ot.dist(x[:, None], x[:, None])
A = random.uniform(0, 1, (3, n)) ** 3
A /= A.sum(1, keepdims=True)
weights = np.array([0.5, 0.3, 0.2])
# POT's "sinkhorn" begins with an unweighted mean, and keeps it: with unequal weights it ends elsewhere than "sinkhorn_log".
plain = ot.bregman.barycenter(A.T, C, eps, weights=weights, method="sinkhorn_log", stopThr=1e-13, numItermax=100000)
debiased = ot.bregman.barycenter_debiased(A.T, C, eps, weights=weights, method="sinkhorn_log", stopThr=1e-15, numItermax=100000)
clouds = [random.normal(size=(m, 2)) + k for k, m in enumerate((4, 5, 6))]
masses = [random.uniform(0.5, 1.5, m) for m in (4, 5, 6)]
masses = [m / m.sum() for m in masses]
init = random.normal(size=(5, 2))
free = ot.lp.free_support_barycenter(clouds, masses, init, weights=weights, numItermax=1000, stopThr=1e-16)
out = {
    "origin": "tooling/scripts/golden-ot-barycenter.py, POT " + ot.__version__,
    "C": C.tolist(),
    "A": A.tolist(),
    "eps": eps,
    "weights": weights.tolist(),
    "plain": plain.tolist(),
    "debiased": debiased.tolist(),
    "clouds": [c.tolist() for c in clouds],
    "masses": [m.tolist() for m in masses],
    "init": init.tolist(),
    "free": free.tolist(),
}
target = Path(__file__).parents[2] / "packages/ot/test/golden/barycenter.json"
target.write_text(json.dumps(out, indent=1) + "\n")

"""Solutions of small entropic problems by POT (sinkhorn_log), for packages/ot/test/golden/sinkhorn.json.

Run: /usr/bin/python3 tooling/scripts/golden-ot-sinkhorn.py
"""

import json
import pathlib

import numpy as np
import ot

rng = np.random.default_rng(20)
cases = []
for n, m, eps in [(5, 7, 0.1), (6, 4, 0.02), (3, 3, 1.0), (8, 8, 0.005)]:
    a, b = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m))
    C = rng.uniform(size=(n, m))
    # POT's reference measure is uniform; the plan is the same.
    P = ot.bregman.sinkhorn_log(a, b, C, eps, stopThr=1e-14, numItermax=2000000)
    cases.append(
        {
            "a": a.tolist(),
            "b": b.tolist(),
            "C": C.tolist(),
            "eps": eps,
            "plan": P.tolist(),
            "linear": float((P * C).sum()),
            "entropic": float((P * C).sum() + eps * (P * np.log(P)).sum()),
        }
    )
path = pathlib.Path(__file__).parents[2] / "packages/ot/test/golden/sinkhorn.json"
path.write_text(json.dumps({"source": f"POT {ot.__version__}, ot.bregman.sinkhorn_log", "cases": cases}))

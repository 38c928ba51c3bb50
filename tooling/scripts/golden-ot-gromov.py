"""Writes packages/ot/test/golden/gromov.json: Gromov-Wasserstein plans by POT (made with 0.8.2).

Its line search is exact only for the square loss; for the other one it is told to search by trial. Points and weights are fractions with small denominators, so that they are exact in JSON.
Usage: python3 tooling/scripts/golden-ot-gromov.py
"""
import json
import pathlib
import numpy as np
import ot

rng = np.random.RandomState(3)


def points(n, d):
    return rng.randint(-32, 33, size=(n, d)) / 32


X, Y = points(7, 2), points(9, 3)
C1, C2, M = ot.dist(X, X), ot.dist(Y, Y), ot.dist(X, Y[:, :2])
p = rng.randint(1, 9, size=7).astype(float)
q = rng.randint(1, 9, size=9).astype(float)
p, q = p / p.sum(), q / q.sum()
cases = []
for loss, name in [("square", "square_loss"), ("kl", "kl_loss")]:
    P, log = ot.gromov.gromov_wasserstein(C1, C2, p, q, name, log=True, armijo=loss == "kl", stopThr=1e-15, stopThr2=1e-15, numItermax=10000)
    cases.append(dict(loss=loss, method="exact", value=log["gw_dist"]))
    P, log = ot.gromov.entropic_gromov_wasserstein(C1, C2, p, q, name, epsilon=0.5, log=True, tol=1e-12, max_iter=5000)
    cases.append(dict(loss=loss, method="entropic", eps=0.5, value=log["gw_dist"], plan=P.tolist()))
for alpha in [0.3, 0.7]:
    value = ot.gromov.fused_gromov_wasserstein2(M, C1, C2, p, q, "square_loss", alpha=alpha, stopThr=1e-15, stopThr2=1e-15, numItermax=10000)
    cases.append(dict(loss="square", method="fused", alpha=alpha, value=float(value)))

out = dict(C1=C1.tolist(), C2=C2.tolist(), M=M.tolist(), p=p.tolist(), q=q.tolist(), cases=cases)
target = pathlib.Path(__file__).parents[2] / "packages/ot/test/golden/gromov.json"
target.write_text(json.dumps(out))
print([(c["method"], c["loss"], c["value"]) for c in cases])

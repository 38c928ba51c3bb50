"""Writes packages/ot/test/golden/exact.json: optimal costs by other programs.

Needs POT (made with 0.8.2) and SciPy (1.10). Points and weights are fractions with small denominators, so that they are
exact in JSON.
Usage: python3 tooling/scripts/golden-ot-exact.py
"""
import json
import pathlib
import numpy as np
import ot
from scipy.optimize import linear_sum_assignment
from scipy.stats import wasserstein_distance

rng = np.random.RandomState(5)


def points(n, d):
    return rng.randint(-64, 65, size=(n, d)) / 32


def weights(n):
    w = rng.randint(0, 9, size=n).astype(float)
    return w


transport = []
for n, m, d, metric in [(6, 9, 2, "sqeuclidean"), (12, 7, 3, "euclidean"), (9, 9, 1, "cityblock"), (10, 14, 4, "cosine")]:
    X, Y, a, b = points(n, d), points(m, d), weights(n), weights(m)
    cost = ot.emd2(a / a.sum(), b / b.sum(), ot.dist(X, Y, metric=metric))
    transport.append(dict(metric=metric, X=X.tolist(), Y=Y.tolist(), a=a.tolist(), b=b.tolist(), cost=cost))

assignment = []
for n, m in [(6, 6), (5, 9), (8, 5)]:
    C = rng.randint(0, 100, size=(n, m))
    i, j = linear_sum_assignment(C)
    k, l = linear_sum_assignment(C, maximize=True)
    assignment.append(dict(C=C.tolist(), min=int(C[i, j].sum()), max=int(C[k, l].sum())))

line = []
for n, m in [(5, 5), (4, 9), (11, 3)]:
    u, v, a, b = points(n, 1)[:, 0], points(m, 1)[:, 0], weights(n) + 1, weights(m) + 1
    a, b = a / a.sum(), b / b.sum()
    line.append(dict(
        u=u.tolist(), v=v.tolist(), a=(a).tolist(), b=(b).tolist(),
        w1=wasserstein_distance(u, v, a, b),
        w2=ot.emd2_1d(u, v, a, b), w3=ot.emd2_1d(u, v, a, b, metric="minkowski", p=3)))

circle = []
for n, m in [(3, 4), (7, 7), (6, 2)]:
    u, v = rng.randint(0, 256, size=n) / 256, rng.randint(0, 256, size=m) / 256
    a, b = weights(n) + 1, weights(m) + 1
    a, b = a / a.sum(), b / b.sum()
    D = np.abs(u[:, None] - v[None])
    D = np.minimum(D, 1 - D)
    circle.append(dict(u=u.tolist(), v=v.tolist(), a=a.tolist(), b=b.tolist(),
                       costs={str(p): ot.emd2(a, b, D**p) for p in (1, 2, 3)}))

partial = []
for n, m in [(5, 6), (8, 4)]:
    a, b, C = weights(n) / 16, weights(m) / 16, rng.randint(0, 64, size=(n, m)) / 16
    mass = min(a.sum(), b.sum()) * 0.75
    P = ot.partial.partial_wasserstein(a, b, C, m=mass, nb_dummies=3)
    partial.append(dict(a=a.tolist(), b=b.tolist(), C=C.tolist(), mass=mass, cost=float((P * C).sum())))

unbalanced = []
for n, m, rho in [(4, 5, 1.0), (6, 3, 0.25)]:
    a, b, C = (weights(n) + 1) / 16, (weights(m) + 1) / 16, rng.randint(0, 64, size=(n, m)) / 32
    P = ot.unbalanced.mm_unbalanced(a, b, C, rho, div="kl", numItermax=200000, stopThr=1e-15)
    unbalanced.append(dict(a=a.tolist(), b=b.tolist(), C=C.tolist(), rho=rho, plan=P.tolist()))

out = pathlib.Path(__file__).parents[2] / "packages/ot/test/golden/exact.json"
out.parent.mkdir(exist_ok=True)
out.write_text(json.dumps(dict(transport=transport, assignment=assignment, line=line, circle=circle, partial=partial, unbalanced=unbalanced)) + "\n")

import { test } from "vitest";
import {
  sinkhorn,
  sinkhornBatch,
  sinkhornNewton,
  sinkhornPoints,
  sinkhornSample,
  sinkhornUnbalanced,
} from "../../src/index";

const C = [[0, 1]];
const points = [[0], [1]];

test("a Gaussian start is for forms that know points", () => {
  () => {
    sinkhornSample(points, points, { init: "gaussian" });
    sinkhornPoints(points, points, { init: "gaussian" });
    sinkhornSample(points, points, { init: { f: [0, 0], g: [0, 0] } });
    // @ts-expect-error: a matrix of costs has no points
    sinkhorn(null, null, C, { init: "gaussian" });
    // @ts-expect-error: nor here
    sinkhornNewton(null, null, C, { init: "gaussian" });
    // @ts-expect-error: nor here
    sinkhornBatch(null, null, [C], { init: "gaussian" });
    // @ts-expect-error: nor here
    sinkhornUnbalanced(null, null, C, { eps: 1, rho: 1, init: "gaussian" });
  };
});

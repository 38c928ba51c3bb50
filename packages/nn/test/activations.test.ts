import { random, type Tensor, tensor } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import {
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  logSigmoid,
  mish,
  prelu,
  selu,
  silu,
  softplus,
} from "../src/index";
import { checkLayer, checkTransformations, normal } from "./support/check-layer";

const x = tensor([-2, -0.5, 0.5, 2], { dtype: "f64" });
const call =
  (f: (x: Tensor) => Tensor) =>
  (_: null, v: Tensor): Tensor =>
    f(v);

describe("activations", () => {
  it.each([
    ["gelu", gelu, [-0.0455002639, -0.1542687694, 0.3457312306, 1.9544997361]],
    [
      "gelu by tanh",
      (v: Tensor) => gelu(v, true),
      [-0.0454023059, -0.1542859902, 0.3457140098, 1.9545976941],
    ],
    ["silu", silu, [-0.238405844, -0.1887703344, 0.3112296656, 1.761594156]],
    ["mish", mish, [-0.2525014827, -0.2207437747, 0.3752452113, 1.9439589595]],
    ["softplus", softplus, [0.126928011, 0.4740769842, 0.9740769842, 2.126928011]],
    ["elu", elu, [-0.8646647168, -0.3934693403, 0.5, 2]],
    ["selu", selu, [-1.5201664686, -0.6917581878, 0.5253504937, 2.1014019747]],
    ["hard swish", hardSwish, [-1 / 3, -0.2083333333, 0.2916666667, 5 / 3]],
    ["hard sigmoid", hardSigmoid, [1 / 6, 2.5 / 6, 3.5 / 6, 5 / 6]],
    ["log sigmoid", logSigmoid, [-2.126928011, -0.9740769842, -0.4740769842, -0.126928011]],
  ] as const)(
    "%s gives the card's numbers, differentiates, batches and compiles",
    (_, f, expected) => {
      const one = (v: Tensor): Tensor => f(v);
      // Ten decimals are given.
      assertClose(one(x), expected, { relative: 0, absolute: 5e-11 });
      checkGradients(one, [x]);
      checkTransformations(call(one), null, x);
    },
  );

  it("take plain numbers", () => {
    for (const f of [mish, selu, hardSwish, hardSigmoid])
      assertClose(f([0.5, 2]), f(tensor([0.5, 2])));
  });

  it("stay finite far out", () => {
    const far = tensor([-1e4, 1e4]);
    for (const f of [gelu, silu, mish, softplus, selu, hardSwish, logSigmoid]) {
      expect(f(far).isFinite().all().item(), f.name).toBe(1);
    }
  });
});

describe("prelu", () => {
  it("has a slope for negative inputs, 0.25 at first", () => {
    const layer = prelu();
    assertClose(layer.apply(layer.init(random.key(0)), x), [-0.5, -0.125, 0.5, 2]);
  });

  it("has one slope for each channel on request, differentiates, batches and compiles", () => {
    const layer = prelu(3);
    const params = { weight: tensor([0.1, 0.2, 0.3], { dtype: "f64" }) };
    const y = layer.apply(params, normal([2, 3, 4]).abs().neg());
    assertClose(y.at(0, 2), normal([2, 3, 4]).at(0, 2).abs().mul(-0.3));
    checkLayer(layer.apply, params, normal([2, 3, 4]));
    expect(() => layer.apply(params, x)).toThrow("prelu: expected 3 features along axis 1");
  });
});

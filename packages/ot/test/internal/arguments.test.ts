import { describe, expect, it } from "vitest";
import * as ot from "../../src/index";

const [C, X] = [
  [
    [0, 1],
    [1, 0],
  ],
  [[0], [1]],
];
/** Calls that the types forbid. */
const loose = ot as unknown as Record<string, (...args: unknown[]) => unknown>;
const call =
  (name: string, ...args: unknown[]) =>
  () =>
    (loose[name] as (...args: unknown[]) => unknown)(...args);

describe("an argument that is missing or of another kind", () => {
  it.each([
    [
      call("sinkhorn", C),
      "sinkhorn: expected numbers in C; got undefined; the arguments are (a, b, C, options), for points use costMatrix(X, Y)",
    ],
    [
      call("sinkhorn", X, X, { eps: 1 }),
      "sinkhorn: expected numbers in C; got an object with eps; the arguments are (a, b, C, options), for points use costMatrix(X, Y)",
    ],
    [call("sinkhorn", [0.5, 0.5], [0.5, 0.5]), "sinkhorn: expected numbers in C; got undefined"],
    [call("emd", X, X), "emd: expected numbers in C; got undefined; the arguments are (a, b, C"],
    [
      call("emd", null, null, [
        [0, undefined],
        [1, 0],
      ]),
      "emd: expected numbers in C; got undefined among them",
    ],
    [call("emd", ["0.5", "0.5"], null, C), "emd: expected numbers in a; got string among them"],
    [call("emd", { eps: 1 }, null, C), "emd: expected numbers in a; got an object with eps"],
    [call("svgdDirection", X), "svgdDirection: expected numbers in scores; got undefined"],
    [
      call("freeSupportBarycenter"),
      "freeSupportBarycenter: expected at least one measure; got undefined",
    ],
    [
      call("freeSupportBarycenter", []),
      "freeSupportBarycenter: expected at least one measure; got none",
    ],
    [call("assign", undefined), "assign: expected numbers in C; got undefined"],
    [call("emdSample", C), "emdSample: expected numbers in Y; got undefined"],
    [call("sinkhornPoints", C), "sinkhornPoints: expected numbers in Y; got undefined"],
    [call("sinkhornSample", C), "sinkhornSample: expected numbers in Y; got undefined"],
    [call("sinkhornDivergence", "X", C), 'sinkhornDivergence: expected numbers in X; got "X"'],
    [call("barycenter", C), "barycenter: expected numbers in C; got undefined"],
    [call("barycenter", null, C), "barycenter: expected numbers in A; got null"],
    [call("costMatrix", X), "costMatrix: expected numbers in Y; got undefined"],
    [call("emdLoss", X), "emdLoss: expected numbers in Y; got undefined"],
    [call("sinkhornLoss", X), "sinkhornLoss: expected numbers in Y; got undefined"],
    [
      call("sinkhornDivergenceLoss", X),
      "sinkhornDivergenceLoss: expected numbers in Y; got undefined",
    ],
    [call("entropicCost", C), "entropicCost: expected numbers in C; got undefined; the arguments"],
    [call("slicedWasserstein", X), "slicedWasserstein: expected numbers in Y; got undefined"],
    [
      call("slicedWassersteinLoss", X),
      "slicedWassersteinLoss: expected numbers in Y; got undefined",
    ],
    [call("wasserstein1d", [1]), "wasserstein1d: expected numbers in v; got undefined"],
    [call("gromovWasserstein", C), "gromovWasserstein: expected numbers in C2; got undefined"],
    [call("empiricalGaussianMap", X), "empiricalGaussianMap: expected numbers in Y; got undefined"],
    [
      call("sinkhorn", null, null, C, { init: { g: [0, 0] } }),
      "sinkhorn: expected numbers in init.f; got undefined",
    ],
    [
      call("sinkhornPoints", X, X, { init: { f: [0, 0] } }),
      "sinkhornPoints: expected numbers in init.g; got undefined",
    ],
    [
      call("sinkhornDivergence", X, X, { init: { f: [0, 0], g: [0, 0] } }),
      "sinkhornDivergence: expected numbers in init.fxy; got undefined",
    ],
    [
      call("sinkhorn", null, null, [[1], [1, 2]]),
      "sinkhorn: expected nested arrays of equal lengths [2, 1] in C; got one of length 2 at depth 1",
    ],
  ] as const)("is named by function and argument, %#", (wrong, message) => {
    expect(wrong).toThrow(new RegExp(`^${message.replace(/[()[\].]/g, "\\$&")}`));
  });

  it("is named by fit", () => {
    const fit = (...data: unknown[]) => {
      const transport = new ot.Transport({ method: "emd" }) as unknown as {
        fit(...args: unknown[]): unknown;
      };
      return () => transport.fit(...data);
    };
    expect(fit(X, X)).toThrow(/^Transport.fit: expected an object .*X, Y.*; got an array/);
    expect(fit()).toThrow(
      /^Transport.fit: expected an object with X, Y; got undefined; pass { X, Y }/,
    );
    expect(fit({ Xs: X, Xt: X })).toThrow(/^Transport.fit: expected .*X, Y.*; got Xs/);
    expect(fit({ X })).toThrow(/^Transport.fit: expected numbers in Y; got undefined/);
  });

  it("that holds points in the place of weights is told to", () => {
    expect(call("sinkhorn", X, X, C)).toThrow(
      "sinkhorn: expected a with shape [2]; got shape [2, 1]; weights are one number for each point",
    );
  });
});

describe("a number given as text", () => {
  it.each(["eps", "tol", "maxIterations", "anneal"])("is refused as %s", (name) => {
    const message = new RegExp(`: expected options .*; got ${name} "1"; pass a number`);
    expect(call("sinkhorn", null, null, C, { [name]: "1" })).toThrow(message);
    expect(call("sinkhornPoints", X, X, { [name]: "1" })).toThrow(message);
  });

  it("is refused whatever it says", () => {
    expect(call("sinkhorn", null, null, C, { tol: "small" })).toThrow(
      "sinkhorn: expected tol between 0 and Infinity; got small",
    );
    expect(call("sinkhorn", null, null, C, { tol: true })).toThrow(/^sinkhorn: expected tol /);
    expect(call("sinkhorn", null, null, C, { eps: [1] })).toThrow(/^sinkhorn: expected eps > 0/);
  });
});

import {
  type AbcName,
  type AbcParametrization,
  abcParametrization,
  type CoordCheckModel,
  type CoordCheckResult,
  classifyAbc,
  coordCheck,
} from "@x/optim";
import { grad, jit, random, type Tensor, tree } from "@x/tensor";
import type { TopLevelSpec } from "vega-lite";
import { plotConfig } from "../plots";
import type { Study } from "../study";

const inputs = 16;
const hiddenLayers = 2;
const rate = 0.1;

/** A tanh network with one output, scaled by width as `abc` says, that learns noise by gradient descent. */
function network(abc: AbcParametrization, width: number, seed: number): CoordCheckModel {
  const f64 = { dtype: "f64" } as const;
  const [forX, forY, ...forW] = random.split(random.key(seed), 3 + hiddenLayers) as [
    Tensor,
    Tensor,
    ...Tensor[],
  ];
  const x = random.normal(forX, [32, inputs], f64);
  const y = random.normal(forY, [32, 1], f64);
  const outer = ([power]: readonly number[]): number => width ** -(power as number);
  let weights = forW.map((key, l) => {
    const std = outer(abc.b.slice(l)) / (l === 0 ? Math.sqrt(inputs) : 1);
    const shape = [l === hiddenLayers ? 1 : width, l === 0 ? inputs : width];
    return random.normal(key, shape, { ...f64, std });
  });
  const preActivations = (ws: readonly Tensor[]): Tensor[] => {
    const seen: Tensor[] = [];
    ws.forEach((w, l) => {
      const h = l === 0 ? x : (seen[l - 1] as Tensor).tanh();
      seen.push(h.matmul(w.T).mul(outer(abc.a.slice(l))));
    });
    return seen;
  };
  const loss = (ws: Tensor[]): Tensor =>
    (preActivations(ws)[hiddenLayers] as Tensor).sub(y).square().mean();
  const lr = rate * width ** -abc.c;
  const step = jit((ws: Tensor[]) =>
    tree.map((w: Tensor, g: Tensor) => w.sub(g.mul(lr)), ws, grad(loss)(ws)),
  );
  return {
    activations: () =>
      Object.fromEntries(
        preActivations(weights).map((z, l) => [
          l === hiddenLayers ? "output" : `layer ${l + 1}`,
          z,
        ]),
      ),
    step: () => {
      weights = step(weights);
    },
  };
}

const known: Readonly<Record<AbcName, { readonly label: string; readonly title: string }>> = {
  standard: { label: "standard", title: "Standard: wide networks blow up" },
  ntk: { label: "NTK", title: "NTK: wide networks do not learn features" },
  muP: { label: "μP", title: "μP: features move alike at all widths" },
};

const verdict = (abc: AbcParametrization): string => {
  const { r, stable, featureLearning } = classifyAbc(abc);
  const what = stable ? (featureLearning ? "learns features" : "kernel") : "unstable";
  return `${what}, r = ${r}`;
};

/** The standard, NTK and maximal-update parametrisations at several widths. */
export const coordinateCheckStudy: Study = {
  title: "Coordinate check: what a step does to networks of different width",
  method: [
    "A tanh network with 16 inputs, two hidden layers and one output learns 32 random targets by 5 steps of gradient descent with rate 0.1 in float64. The check measures how far pre-activations have moved from where they began, as a root mean square; three seeds.",
    "The prediction is that of classifyAbc, from the powers of width alone.",
  ],
  run({ quick, say }) {
    const widths = quick ? [16, 64] : [64, 128, 256, 512, 1024];
    const seeds = quick ? 1 : 3;
    const checks = (Object.keys(known) as AbcName[]).map((name) => {
      say(known[name].label);
      const abc = abcParametrization(name, hiddenLayers);
      const model = (width: number, seed: number): CoordCheckModel => network(abc, width, seed);
      return { ...known[name], abc, result: coordCheck({ widths, seeds, model }) };
    });
    const change = ({ rows }: CoordCheckResult, width: number): number =>
      rows.find((row) => row.name === "layer 2" && row.width === width && row.step === 5)?.change ??
      Number.NaN;
    return {
      findings: checks.map(({ label, abc, result }) => {
        const { "layer 2": slope = Number.NaN } = result.slopes;
        return `${label}: predicted ${verdict(abc)}; the second layer moves as width to the power ${slope.toFixed(2)}.`;
      }),
      tables: [
        {
          caption: "RMS change of the second layer's pre-activations after 5 steps",
          head: ["parametrisation", ...widths.map((w) => `width ${w}`), "power", "prediction"],
          rows: checks.map(({ label, abc, result }) => [
            label,
            ...widths.map((w) => change(result, w)),
            (result.slopes["layer 2"] ?? Number.NaN).toFixed(2),
            verdict(abc),
          ]),
        },
      ],
      charts: checks.map(({ title, result }) => ({
        title,
        specification: styled(result.plot()),
      })),
    };
  },
};

/** The package's plot in the look of the others. */
const styled = (plot: Record<string, unknown>): TopLevelSpec =>
  ({
    ...plot,
    config: plotConfig,
    spec: { ...(plot["spec"] as object), width: 190, height: 200 },
  }) as unknown as TopLevelSpec;

import { conv2d, logSoftmax, maxPool2d, relu, type Tensor, tensor, zeros } from "@x/tensor";
import type { Kit } from "../../../../tooling/bench/src/kit-types";
import { batch, initialWeight, labels } from "../../../tensor/bench/models/trainer";

type Numbers = Float32Array<ArrayBuffer>;
type Shape = readonly number[];

/** A network for digits as numbers, so that every library starts from the same. */
export interface NetworkData {
  readonly kind: "MLP" | "CNN";
  /** Images, shape of the network's input. */
  readonly x: { readonly data: Numbers; readonly shape: Shape };
  /** One-hot. */
  readonly y: Numbers;
  /** Initial parameters, in the order of the layers: w1, b1, w2, …. */
  readonly parameters: Readonly<Record<string, { readonly data: Numbers; readonly shape: Shape }>>;
}

/** What is trained in @x/tensor. */
export interface OurNetwork {
  readonly loss: (parameters: Record<string, Tensor>, x: Tensor, y: Tensor) => Tensor;
  readonly parameters: Record<string, Tensor>;
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Shapes and inputs per unit of the layers. */
const layers = {
  MLP: [
    { weight: [784, 256], bias: [256], inputs: 784 },
    { weight: [256, 10], bias: [10], inputs: 256 },
  ],
  CNN: [
    { weight: [16, 1, 3, 3], bias: [16, 1, 1], inputs: 9 },
    { weight: [32, 16, 3, 3], bias: [32, 1, 1], inputs: 144 },
    { weight: [1568, 10], bias: [10], inputs: 1568 },
  ],
} as const;

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** 784–256–10 with ReLU, or two 3×3 convolutions with 2×2 maxima and a dense layer. */
export function networkData(kit: Kit, kind: "MLP" | "CNN"): NetworkData {
  const parameters = layers[kind].flatMap(({ weight, bias, inputs }, i) => [
    [
      `w${i + 1}`,
      { data: initialWeight(kit, sizeOf(weight), inputs, i + 2), shape: weight as Shape },
    ] as const,
    [`b${i + 1}`, { data: new Float32Array(sizeOf(bias)), shape: bias as Shape }] as const,
  ]);
  return {
    kind,
    x: {
      data: kit.uniform(batch * 784, 1),
      shape: kind === "MLP" ? [batch, 784] : [batch, 1, 28, 28],
    },
    y: labels(),
    parameters: Object.fromEntries(parameters),
  };
}

const crossEntropy = (logits: Tensor, y: Tensor): Tensor =>
  logSoftmax(logits, -1)
    .mul(y)
    .sum()
    .mul(-1 / batch);

type Parameters = Record<string, Tensor>;

const mlp = (p: Parameters, x: Tensor): Tensor =>
  relu(x.matmul(p["w1"]!).add(p["b1"]!)).matmul(p["w2"]!).add(p["b2"]!);

function cnn(p: Parameters, x: Tensor): Tensor {
  const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor =>
    maxPool2d(relu(conv2d(x, w, { padding: "same" }).add(b)), { window: 2, strides: 2 });
  const h = layer(layer(x, p["w1"]!, p["b1"]!), p["w2"]!, p["b2"]!);
  return h.reshape([batch, 1568]).matmul(p["w3"]!).add(p["b3"]!);
}

/** The network in @x/tensor. */
export function ourNetwork({ kind, x, y, parameters }: NetworkData): OurNetwork {
  const logits = kind === "MLP" ? mlp : cnn;
  const leaf = ({ data, shape }: { data: Numbers; shape: Shape }): Tensor =>
    data.some((value) => value !== 0) ? tensor(data).reshape([...shape]) : zeros([...shape]);
  const leaves = Object.entries(parameters).map(([name, value]) => [name, leaf(value)] as const);
  return {
    loss: (p, x, y) => crossEntropy(logits(p, x), y),
    parameters: Object.fromEntries(leaves),
    x: tensor(x.data).reshape([...x.shape]),
    y: tensor(y).reshape([batch, 10]),
  };
}

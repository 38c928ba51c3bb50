import { conv2d, logSoftmax, maxPool2d, relu, type Tensor, tensor, zeros } from "@x/tensor";
import type { Jax, Kit, Tfjs } from "../../../../tooling/bench/src/kit-types";
import { type JaxArray, type JaxParameters, jaxCrossEntropy, jaxTrainer } from "./adam-jax";
import { oursTrainer } from "./adam-ours";
import { type TfjsTensor, tfjsTrainer } from "./adam-tfjs";
import { batch, initialWeight, labels, type Trainer } from "./trainer";

const shapes = {
  w1: [16, 1, 3, 3],
  b1: [16, 1, 1],
  w2: [32, 16, 3, 3],
  b2: [32, 1, 1],
  w3: [32 * 7 * 7, 10],
  b3: [10],
} as const;
const images = [batch, 1, 28, 28];

interface Data {
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
  readonly w1: Float32Array<ArrayBuffer>;
  readonly w2: Float32Array<ArrayBuffer>;
  readonly w3: Float32Array<ArrayBuffer>;
}

const data = (kit: Kit): Data => ({
  x: kit.uniform(batch * 784, 1),
  y: labels(),
  w1: initialWeight(kit, 16 * 9, 9, 2),
  w2: initialWeight(kit, 32 * 144, 144, 3),
  w3: initialWeight(kit, 1568 * 10, 1568, 4),
});

/** Two 3×3 convolutions with ReLU and 2×2 max-pooling, then a dense layer, in @x/tensor. */
export function cnnOurs(kit: Kit): Trainer {
  const { x, y, w1, w2, w3 } = data(kit);
  const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor =>
    maxPool2d(relu(conv2d(x, w, { padding: "same" }).add(b)), { window: 2, strides: 2 });
  const loss = (p: Record<string, Tensor>, x: Tensor, y: Tensor): Tensor => {
    const h = layer(layer(x, p["w1"]!, p["b1"]!), p["w2"]!, p["b2"]!);
    const logits = h.reshape([batch, 1568]).matmul(p["w3"]!).add(p["b3"]!);
    return logSoftmax(logits, -1)
      .mul(y)
      .sum()
      .mul(-1 / batch);
  };
  const parameters = {
    w1: tensor(w1).reshape(shapes.w1),
    b1: zeros(shapes.b1),
    w2: tensor(w2).reshape(shapes.w2),
    b2: zeros(shapes.b2),
    w3: tensor(w3).reshape(shapes.w3),
    b3: zeros(shapes.b3),
  };
  return oursTrainer(loss, parameters, tensor(x).reshape(images), tensor(y).reshape([batch, 10]));
}

type JaxConv = (x: JaxArray, w: JaxArray) => JaxArray;

/** The convolution of jax-js itself. */
export const jaxConv =
  ({ lax }: Jax): JaxConv =>
  (x, w) =>
    lax.conv(x, w, [1, 1], "SAME");

/** The same written as a matrix product over 3×3 patches, which jax-js runs many times faster. */
export const jaxPatchesConv =
  ({ numpy: np }: Jax): JaxConv =>
  (x, w) => {
    const [n, channels, height, width] = x.shape as [number, number, number, number];
    const outputs = w.shape[0] as number;
    const padded = np.pad(x.transpose([0, 2, 3, 1]), [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
    const shifts = Array.from({ length: 9 }, (_, k) => {
      const [top, left] = [Math.floor(k / 3), k % 3];
      return padded.ref.slice([], [top, top + height], [left, left + width], []);
    });
    padded.dispose();
    const patches = np.stack(shifts, -1).reshape([n * height * width, channels * 9]);
    const product = np.matmul(patches, w.reshape([outputs, channels * 9]).transpose());
    return product.reshape([n, height, width, outputs]).transpose([0, 3, 1, 2]);
  };

/** The same network in jax-js, with one of the convolutions above. */
export function cnnJax(kit: Kit, jax: Jax, conv: JaxConv): Trainer {
  const { numpy: np, nn } = jax;
  const { x, y, w1, w2, w3 } = data(kit);
  // A maximum over split axes: as fast as lax.reduceWindow, and sooner compiled.
  const pool = (x: JaxArray): JaxArray => {
    const [n, channels, height, width] = x.shape as [number, number, number, number];
    return np.max(x.reshape([n, channels, height / 2, 2, width / 2, 2]), [3, 5]);
  };
  const layer = (x: JaxArray, w: JaxArray, b: JaxArray): JaxArray =>
    pool(nn.relu(conv(x, w).add(b)));
  const loss = (p: JaxParameters, x: JaxArray, y: JaxArray): JaxArray => {
    const h = layer(layer(x, p["w1"]!, p["b1"]!), p["w2"]!, p["b2"]!);
    return jaxCrossEntropy(jax, np.matmul(h.reshape([batch, 1568]), p["w3"]!).add(p["b3"]!), y);
  };
  const parameters = {
    w1: np.array(w1).reshape([...shapes.w1]),
    b1: np.zeros([...shapes.b1]),
    w2: np.array(w2).reshape([...shapes.w2]),
    b2: np.zeros([...shapes.b2]),
    w3: np.array(w3).reshape([...shapes.w3]),
    b3: np.zeros([...shapes.b3]),
  };
  return jaxTrainer(
    jax,
    loss,
    parameters,
    np.array(x).reshape(images),
    np.array(y).reshape([batch, 10]),
  );
}

/** The same in TensorFlow.js: channels last, as its wasm backend wants them, from the same numbers. */
export function cnnTfjs(kit: Kit, tf: Tfjs): Trainer {
  const { x, y, w1, w2, w3 } = data(kit);
  const filter = (w: Float32Array, shape: readonly [number, number, number, number]): TfjsTensor =>
    tf.transpose(tf.tensor4d(w, [...shape]), [2, 3, 1, 0]);
  const dense = tf.reshape(tf.transpose(tf.tensor4d(w3, [32, 7, 7, 10]), [1, 2, 0, 3]), [1568, 10]);
  const v = {
    w1: tf.variable(filter(w1, shapes.w1)),
    b1: tf.variable(tf.zeros([16])),
    w2: tf.variable(filter(w2, shapes.w2)),
    b2: tf.variable(tf.zeros([32])),
    w3: tf.variable(dense),
    b3: tf.variable(tf.zeros([10])),
  };
  const layer = (x: TfjsTensor, w: TfjsTensor, b: TfjsTensor): TfjsTensor =>
    tf.maxPool(
      tf.relu(tf.add(tf.conv2d(x as never, w as never, 1, "same"), b)) as never,
      2,
      2,
      "valid",
    );
  const logits = (x: TfjsTensor): TfjsTensor => {
    const h = layer(layer(x, v.w1, v.b1), v.w2, v.b2);
    return tf.add(tf.matMul(tf.reshape(h, [batch, 1568]), v.w3), v.b3);
  };
  const [input, target] = [tf.tensor4d(x, [batch, 28, 28, 1]), tf.tensor2d(y, [batch, 10])];
  return tfjsTrainer(tf, logits, Object.values(v), input, target);
}

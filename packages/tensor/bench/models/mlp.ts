import { logSoftmax, relu, type Tensor, tensor, zeros } from "@x/tensor";
import type { Jax, Kit, Tfjs } from "../../../../tooling/bench/src/kit-types";
import { type JaxArray, type JaxParameters, jaxCrossEntropy, jaxTrainer } from "./adam-jax";
import { oursTrainer } from "./adam-ours";
import { tfjsTrainer } from "./adam-tfjs";
import { batch, initialWeight, labels, type Trainer } from "./trainer";

const [inputs, hidden, classes] = [784, 256, 10];

interface Data {
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
  readonly w1: Float32Array<ArrayBuffer>;
  readonly w2: Float32Array<ArrayBuffer>;
}

const data = (kit: Kit): Data => ({
  x: kit.uniform(batch * inputs, 1),
  y: labels(),
  w1: initialWeight(kit, inputs * hidden, inputs, 2),
  w2: initialWeight(kit, hidden * classes, hidden, 3),
});

/** 784–256–10 with ReLU, in @x/tensor. */
export function mlpOurs(kit: Kit): Trainer {
  const { x, y, w1, w2 } = data(kit);
  const loss = (p: Record<string, Tensor>, x: Tensor, y: Tensor): Tensor => {
    const h = relu(x.matmul(p["w1"]!).add(p["b1"]!));
    const logits = h.matmul(p["w2"]!).add(p["b2"]!);
    return logSoftmax(logits, -1)
      .mul(y)
      .sum()
      .mul(-1 / batch);
  };
  const parameters = {
    w1: tensor(w1).reshape([inputs, hidden]),
    b1: zeros([hidden]),
    w2: tensor(w2).reshape([hidden, classes]),
    b2: zeros([classes]),
  };
  return oursTrainer(
    loss,
    parameters,
    tensor(x).reshape([batch, inputs]),
    tensor(y).reshape([batch, classes]),
  );
}

/** The same in jax-js. */
export function mlpJax(kit: Kit, jax: Jax): Trainer {
  const { numpy: np, nn } = jax;
  const { x, y, w1, w2 } = data(kit);
  const loss = (p: JaxParameters, x: JaxArray, y: JaxArray): JaxArray => {
    const h = nn.relu(np.matmul(x, p["w1"]!).add(p["b1"]!));
    return jaxCrossEntropy(jax, np.matmul(h, p["w2"]!).add(p["b2"]!), y);
  };
  const parameters = {
    w1: np.array(w1).reshape([inputs, hidden]),
    b1: np.zeros([hidden]),
    w2: np.array(w2).reshape([hidden, classes]),
    b2: np.zeros([classes]),
  };
  return jaxTrainer(
    jax,
    loss,
    parameters,
    np.array(x).reshape([batch, inputs]),
    np.array(y).reshape([batch, classes]),
  );
}

/** The same in TensorFlow.js, with its fused layers. */
export function mlpTfjs(kit: Kit, tf: Tfjs): Trainer {
  const { x, y, w1, w2 } = data(kit);
  const variables = {
    w1: tf.variable(tf.tensor2d(w1, [inputs, hidden])),
    b1: tf.variable(tf.zeros([hidden])),
    w2: tf.variable(tf.tensor2d(w2, [hidden, classes])),
    b2: tf.variable(tf.zeros([classes])),
  };
  const logits = (
    x: Parameters<typeof tf.fused.matMul>[0]["a"],
  ): ReturnType<typeof tf.fused.matMul> => {
    const h = tf.fused.matMul({ a: x, b: variables.w1, bias: variables.b1, activation: "relu" });
    return tf.fused.matMul({ a: h, b: variables.w2, bias: variables.b2 });
  };
  return tfjsTrainer(
    tf,
    logits,
    Object.values(variables),
    tf.tensor2d(x, [batch, inputs]),
    tf.tensor2d(y, [batch, classes]),
  );
}

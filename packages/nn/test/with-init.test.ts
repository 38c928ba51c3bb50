import { ones, random, type Tensor, zeros } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { expect, test } from "vitest";
import {
  block,
  convTranspose2d,
  init,
  linear,
  multiHeadAttention,
  resnet,
  withInit,
} from "../src/index";

const key = random.key(0);

test("withInit draws weights by the initialiser and sets biases to zero", () => {
  const params = withInit(linear(200, 300), init.he).init(key);
  // Six standard errors of 60,000 normal draws: 1.7 %.
  expect(Math.abs(params.weight.std().item() / Math.sqrt(2 / 200) - 1)).toBeLessThan(0.018);
  assertClose(params.bias, zeros([300]));
});

test("withInit gives every weight of a network a key of its own, and leaves scales at one", () => {
  const shapes: number[][] = [];
  const recorded: init.Initializer = (k, shape, options) => {
    shapes.push([...shape]);
    return init.orthogonal(k, shape, options);
  };
  const net = withInit(resnet({ stem: "cifar", widths: [4], depths: [1], classes: 3 }), recorded);
  const { params, state } = net.init(key, { dtype: "f64" });
  expect(shapes).toHaveLength(4);
  const basic = params["layer1"]?.[0];
  expect(basic?.conv1.weight.toArray()).not.toEqual(basic?.conv2.weight.toArray());
  assertClose(basic?.bn1.weight, ones([4]));
  const w = basic?.conv1.weight.reshape([4, 36]) as Tensor;
  assertClose(w.matmul(w.T), [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ]);
  expect(state.bn1.num_batches_tracked.item()).toBe(0);
});

test("withInit tells the initialiser where inputs come first", () => {
  const seen: (boolean | undefined)[] = [];
  const recorded: init.Initializer = (k, shape, options) => {
    seen.push(options?.transposed);
    return init.lecun(k, shape, options);
  };
  const net = block({ a: convTranspose2d(3, 4, 2), b: multiHeadAttention(4, 2) }, (_, x) => x);
  const params = withInit(net, recorded).init(key);
  expect(seen).toEqual([true, false, false]);
  assertClose(params.b.in_proj_bias, zeros([12]));
});

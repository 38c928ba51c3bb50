import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Tfjs } from "../kit-types";

/**
 * Gives `conv2d` a gradient on tfjs-wasm, which has no kernel for the filter's (Conv2DBackpropFilter).
 *
 * Both gradients are convolutions again, and XNNPACK's convolution is the fastest thing tfjs-wasm has: the filter's
 * convolves the input with the output's gradient (batch and channels exchanged), the input's convolves the output's
 * gradient with the filter turned round. Five other ways (sums of matrix products, patches, conv3d,
 * Conv2DBackpropInput) were slower.
 *
 * Stride 1, "same" padding with odd windows only, NHWC.
 */
export function registerConvGradient(tf: Tfjs): void {
  tf.unregisterGradient("Conv2D");
  tf.registerGradient({
    kernelName: "Conv2D",
    inputsToSave: ["x", "filter"],
    gradFunc: (dy, saved, attributes) => {
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const [height, width] = filter.shape as [number, number, number, number];
      if (attributes["pad"] !== "same" || attributes["strides"] !== 1) {
        throw new Error(
          "bench: the gradient of tfjs-wasm's conv2d is for stride 1 and same padding",
        );
      }
      const gradient = dy as Tensor4D;
      const around = (window: number): [number, number] => [(window - 1) / 2, (window - 1) / 2];
      return {
        x: () => {
          const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
          return tf.conv2d(gradient, turned as Tensor4D, 1, "same");
        },
        filter: () => {
          const padding = [around(height), around(width), [0, 0] as [number, number]];
          const images = tf.pad(tf.transpose(x, [3, 1, 2, 0]), [[0, 0], ...padding]);
          const window = tf.transpose(gradient, [1, 2, 0, 3]);
          const product = tf.conv2d(images as Tensor4D, window as Tensor4D, 1, "valid");
          return tf.transpose(product, [1, 2, 0, 3]);
        },
      };
    },
  });
}

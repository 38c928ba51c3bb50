import { random, type Tensor, tensor } from "@x/tensor";
import { type Digits, pixels, sliceDigits } from "example-digits/digits";
import { drawDigits } from "example-digits/draw-digits";

/** Digits in one training batch. */
const batchSize = 64;

/** Digits to train on: a whole number of batches. */
const trainCount = 30 * batchSize;

/** Digits that the network is examined with. */
const testCount = 200;

/** Digits drawn at a time: between them the page can react. */
const portion = 80;

/** What the network learns from and is examined with. */
export interface PageData {
  readonly train: Digits;
  readonly test: Digits;
}

/**
 * Draws the page's digits, the same ones at every visit.
 *
 * @param onProgress - called with the share that is drawn, 0 … 1
 */
export async function drawData(onProgress: (share: number) => void): Promise<PageData> {
  const rng = random.rng(0);
  const count = trainCount + testCount;
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  for (let at = 0; at < count; at += portion) {
    const drawn = drawDigits(Math.min(portion, count - at), () => rng.uniform());
    images.set(drawn.images, at * pixels);
    labels.set(drawn.labels, at);
    onProgress((at + drawn.labels.length) / count);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const all = { images, labels };
  return {
    train: sliceDigits(all, 0, trainCount),
    test: sliceDigits(all, trainCount, count),
  };
}

/** Tensors of some digits: grey levels 0 … 1 [n, 784], and what they show, i32 [n]. */
export function tensors({ images, labels }: Digits): readonly [images: Tensor, labels: Tensor] {
  const grey = Float32Array.from(images, (level) => level / 255);
  return [
    tensor(grey, { shape: [labels.length, pixels], copy: false }),
    tensor(Int32Array.from(labels), { copy: false }),
  ];
}

/** The batch of a step (from 0); after the last one comes the first again. */
export function batch(train: Digits, step: number): readonly [images: Tensor, labels: Tensor] {
  const start = (step * batchSize) % train.labels.length;
  return tensors(sliceDigits(train, start, start + batchSize));
}

/** Side of a digit's square image in pixels. */
export const side = 28;

/** Pixels of one image. */
export const pixels: number = side * side;

/** Images of handwritten digits, one after the other, with what they show. */
export interface Digits {
  /** Grey levels, 0 is paper and 255 ink; [count, 28, 28], row-major. */
  readonly images: Uint8Array;
  /** 0 … 9, one per image. */
  readonly labels: Uint8Array;
}

/** What a network is trained on and what it is judged by. */
export interface DigitData {
  readonly train: Digits;
  readonly test: Digits;
  /** Where the digits come from, for people to read. */
  readonly origin: string;
}

/** The digits from `start` up to `end`, sharing memory. */
export const sliceDigits = ({ images, labels }: Digits, start: number, end: number): Digits => ({
  images: images.subarray(start * pixels, end * pixels),
  labels: labels.subarray(start, end),
});

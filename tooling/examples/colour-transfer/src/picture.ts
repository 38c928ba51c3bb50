/** An image in memory. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity in turn, row by row from the top. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
}

import { encode } from "fast-png";
import type { Picture } from "./picture";

/** A picture as a PNG file. */
export const encodePicture = ({ width, height, pixels }: Picture): Uint8Array =>
  encode({ width, height, data: pixels, depth: 8, channels: 4 });

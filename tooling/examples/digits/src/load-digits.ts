import { random, type Tensor } from "@x/tensor";
import { type DigitData, sliceDigits } from "./digits";
import { drawDigits } from "./draw-digits";
import { loadFolder } from "./load-folder";

const drawn = { train: 8000, test: 2000 };

/** The digits of a folder, or, without one, digits that are drawn here. */
export function loadDigits(folder: string | undefined, drawing: Tensor): DigitData {
  if (folder !== undefined) return loadFolder(folder);
  const rng = random.rng(drawing);
  const all = drawDigits(drawn.train + drawn.test, () => rng.uniform());
  return {
    train: sliceDigits(all, 0, drawn.train),
    test: sliceDigits(all, drawn.train, drawn.train + drawn.test),
    origin: "drawn by this program",
  };
}

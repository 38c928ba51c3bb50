import { random, type Tensor } from "@x/tensor";
import { type DigitData, sliceDigits } from "./digits";
import { drawDigits, type Uniform } from "./draw-digits";
import { loadFolder } from "./load-folder";

const drawn = { train: 8000, test: 2000 };

/** The digits of a folder, or, without one, digits that are drawn here. */
export function loadDigits(folder: string | undefined, drawing: Tensor): DigitData {
  if (folder !== undefined) return loadFolder(folder);
  const all = drawDigits(drawn.train + drawn.test, uniformNumbers(drawing));
  return {
    train: sliceDigits(all, 0, drawn.train),
    test: sliceDigits(all, drawn.train, drawn.train + drawn.test),
    origin: "drawn by this program",
  };
}

const blockLength = 1 << 16;

/** The uniform numbers of a key, one after the other. */
function uniformNumbers(key: Tensor): Uniform {
  let block: ArrayLike<number> = [];
  let blocks = 0;
  let at = 0;
  return () => {
    if (at === block.length) {
      block = random.uniform(random.foldIn(key, blocks++), [blockLength]).dataSync();
      at = 0;
    }
    return block[at++] as number;
  };
}

import { block, conv2d, linear } from "@x/nn";
import { maxPool2d, type Tensor } from "@x/tensor";

/** A network whose layers are numbered from input to output. */
export interface BlockNetwork<P = unknown> {
  readonly name: string;
  /** Blocks 1 … numBlocks; the path of a parameter begins with its block. */
  readonly numBlocks: number;
  /** Whether images are shrunk to 14×14. */
  readonly halve: boolean;
  init(key: Tensor): P;
  /** Answers [n, 10] for images [n, 1, side, side]. */
  apply(params: P, x: Tensor): Tensor;
}

/** The block of a parameter: its path is `<block>.weight` or `<block>.bias`. */
export const blockOfPath = ([first]: readonly string[]): number => Number(first);

const pool = (x: Tensor): Tensor => maxPool2d(x, { window: 2, strides: 2 });

const kernel = { padding: "same" } as const;
const convolutions = block(
  {
    1: conv2d(1, 8, 5, kernel),
    2: conv2d(8, 8, 3, kernel),
    3: conv2d(8, 16, 3, kernel),
    4: conv2d(16, 32, 3, kernel),
    5: linear(32 * 9, 10),
  },
  (use, x) => {
    const wide = pool(use[2](use[1](x).relu()).relu());
    const deep = pool(use[4](pool(use[3](wide).relu())).relu());
    return use[5](deep.reshape([deep.shape[0] as number, 32 * 9]));
  },
);

const width = 128;
const equal = block(
  {
    1: linear(196, width),
    2: linear(width, width),
    3: linear(width, width),
    4: linear(width, width),
    5: linear(width, 10),
  },
  (use, x) => {
    const flat = x.reshape([x.shape[0] as number, 196]);
    return use[5](use[4](use[3](use[2](use[1](flat).relu()).relu()).relu()).relu());
  },
);

/** Early layers dear: two convolutions at 28×28, then one at 14×14 and one at 7×7. */
export const convNetwork: BlockNetwork = {
  name: "conv net, early layers dear",
  numBlocks: 5,
  halve: false,
  init: (key) => convolutions.init(key),
  apply: (params, x) => convolutions.apply(params as ReturnType<typeof convolutions.init>, x),
};

/** Layers of equal width, so of equal cost. */
export const equalNetwork: BlockNetwork = {
  name: "MLP of equal widths",
  numBlocks: 5,
  halve: true,
  init: (key) => equal.init(key),
  apply: (params, x) => equal.apply(params as ReturnType<typeof equal.init>, x),
};

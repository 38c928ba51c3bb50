import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";

const firstProduct = `
const start = performance.now();
const { matmul, tensor } = await import("@x/tensor");
const x = tensor([[1, 2], [3, 4]]);
const product = matmul(x, x).dataSync();
console.log(performance.now() - start, ...product);
`;

function load(kit: Kit): Prepared {
  const run = async (): Promise<number[]> => {
    const output = await kit.newProcess(firstProduct);
    return output.trim().split(" ").map(Number);
  };
  return {
    ours: { sample: async () => (await run())[0] as number },
    async check() {
      const [, ...product] = await run();
      kit.assertClose("product", product, [7, 10, 15, 22], { relative: 0 });
    },
  };
}

const download =
  (...budgets: readonly string[]) =>
  async (kit: Kit): Promise<Prepared> => {
    const sizes = await kit.downloadSizes();
    const bytes = budgets.reduce((sum, budget) => sum + (sizes[budget] ?? Number.NaN), 0);
    return {
      ours: { sample: () => bytes / 1000 },
      check() {
        if (!(bytes > 1000)) throw new Error(`${budgets}: expected kilobytes; got ${bytes}`);
      },
    };
  };

export const rows: Rows = [
  {
    name: "import of @x/tensor to the first small matmul",
    unit: "ms",
    target: { of: "ours", atMost: 80 },
    samples: 15,
    setup: load,
  },
  {
    name: "main entry, brotli: JavaScript without random",
    unit: "kB",
    target: { of: "ours", atMost: 60 },
    samples: 1,
    setup: download("@x/tensor, JavaScript"),
  },
  {
    name: "main entry, brotli: JavaScript with random",
    unit: "kB",
    target: { of: "ours", atMost: 60 },
    samples: 1,
    setup: download("@x/tensor, JavaScript with random"),
  },
  {
    name: "main entry, brotli: kernels, WebAssembly and JavaScript",
    unit: "kB",
    target: { of: "ours", atMost: 60 },
    samples: 1,
    setup: download("@x/tensor, kernels", "@x/tensor, kernels in JavaScript"),
  },
];

import { bilevelProblems, maid, solveBilevel } from "@x/optim";
import { random, type Tensor } from "@x/tensor";
import { lines } from "../plots";
import type { Study, StudyImage } from "../study";

/** Screen pixels for each of an image's. */
const zoom = 3;

/** The first images of a stack, enlarged, side by side with white gaps between them. */
function strip(title: string, stack: Tensor): StudyImage {
  const [count, height, side] = stack.shape as readonly [number, number, number];
  const period = side + 2;
  const width = (Math.min(4, count) * period - 2) * zoom;
  const values = stack.dataSync();
  const pixels = Uint8Array.from({ length: width * height * zoom }, (_, p) => {
    const row = Math.floor(p / width / zoom);
    const across = Math.floor((p % width) / zoom);
    const [image, column] = [Math.floor(across / period), across % period];
    if (column >= side) return 255;
    const grey = values[(image * height + row) * side + column] as number;
    return Math.max(0, Math.min(255, Math.round(grey * 255)));
  });
  return { title, width, pixels };
}

/** MAID learns the weights of a regulariser that denoises images. */
export const tvDenoisingStudy: Study = {
  title: "Denoising: MAID learns the weights of a regulariser",
  method: [
    "Four piecewise constant images with noise of standard deviation 0.1. The lower level removes noise by an elastic net of differences: total variation, smoothed so that it has derivatives, and squared differences. The upper level is the squared distance to the clean images; its three unknowns are the logarithms of both weights and of the smoothing.",
    "MAID gets bounds on curvature and chooses the accuracy of every inner solution and the length of every step by itself.",
  ],
  run({ quick, seed, say }) {
    const size = quick ? 8 : 32;
    const made = bilevelProblems.tvDenoising(random.key(seed), {
      count: quick ? 2 : 4,
      height: size,
      width: size,
    });
    const { problem, mu, L, LgradG } = made;
    const solver = maid(problem, { mu, L, LgradG, step: 0.1, budget: quick ? 1000 : 20_000 });
    const points: { x: number; y: number; series: string }[] = [];
    let first: typeof made.x | undefined;
    const result = solveBilevel(solver, made.x, made.y, {
      iterations: quick ? 10 : 80,
      onStep: (state) => {
        const work = state.innerIterations.item() + state.cgIterations.item();
        points.push({ x: work, y: made.psnr(state.y), series: "MAID" });
        first ??= state.x;
        if (state.step.item() % 20 === 0) say(`step ${state.step.item()}`);
      },
    });
    const { x, y, state } = result;
    const [noisy, denoised] = [made.psnr(made.y), made.psnr(y)];
    const weights = (at: typeof x): string[] =>
      [at.variation, at.smoothing, at.quadratic].map((log) => Math.exp(log.item()).toPrecision(2));
    return {
      findings: [
        `Peak signal-to-noise ratio: ${noisy.toFixed(1)} dB before, ${denoised.toFixed(1)} dB with the learned weights, after ${state.innerIterations.item()} inner iterations and ${state.cgIterations.item()} of conjugate gradients.${result.stopped === undefined ? "" : ` Ended by: ${result.stopped}.`}`,
      ],
      tables: [
        {
          head: ["weights", "PSNR in dB", "variation", "smoothing", "squares"],
          rows: [
            ["none (noisy)", noisy.toFixed(2), "–", "–", "–"],
            [
              "after one step",
              (points[0]?.y ?? Number.NaN).toFixed(2),
              ...weights(first ?? made.x),
            ],
            ["learned", denoised.toFixed(2), ...weights(x)],
          ],
        },
      ],
      charts: [
        {
          title: "PSNR by inner and conjugate gradient iterations",
          specification: lines({
            values: points,
            series: ["MAID"],
            x: "iterations",
            y: "PSNR in dB",
            log: ["x"],
          }),
        },
      ],
      images: [
        strip("clean", made.clean),
        strip("noisy", made.y),
        strip("denoised, learned weights", y),
      ],
    };
  },
};

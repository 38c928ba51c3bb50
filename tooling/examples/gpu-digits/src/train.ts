import type { Tensor } from "@x/tensor";
import type { GpuDevice } from "@x/tensor/gpu";
import { batch, type PageData, tensors } from "./data";
import { type Learner, learnerOn, type State } from "./learning";

/** Bytes and kernels of one step. */
export interface Traffic {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly kernels: number;
}

/** What some steps in a row came to. */
export interface Reading {
  /** Losses of these steps. */
  readonly losses: readonly number[];
  /** Mean time of one of them. */
  readonly milliseconds: number;
  /** What one of them moved and ran; the CPU moves nothing. */
  readonly traffic: Traffic | undefined;
}

/** How the network does on digits that it has not seen. */
export interface Examination {
  readonly accuracy: number;
  /** Its answers, one per test digit. */
  readonly answers: readonly number[];
}

/** Steps that are issued before the page waits for their losses: as many as take about this long. */
const patience = 60;
const mostAtOnce = 32;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A training run that goes on as long as it is asked for more. */
export class Run {
  readonly #data: PageData;
  readonly #device: GpuDevice | undefined;
  readonly #learner: Learner;
  #state: State;
  #step = 0;
  #atOnce = 1;

  /**
   * Begins anew, from the same weights every time.
   *
   * @param device - a GPU; none for the CPU
   */
  constructor(data: PageData, device: GpuDevice | undefined) {
    this.#data = data;
    this.#device = device;
    this.#learner = learnerOn(device);
    this.#state = this.#learner.start();
  }

  /**
   * Trains some steps more, and returns when their losses are there.
   *
   * @param most - at most so many
   */
  async advance(most: number): Promise<Reading> {
    // Before the clock starts: the page draws, and the starting weights arrive.
    await this.#device?.sync();
    await pause();
    const before = this.#device === undefined ? undefined : { ...this.#device.counters };
    const began = performance.now();
    const count = Math.min(most, this.#atOnce);
    const pending: Tensor[] = [];
    for (let i = 0; i < count; i++) {
      const { state, loss } = this.#learner.step(
        this.#state,
        ...batch(this.#data.train, this.#step),
      );
      this.#state = state;
      this.#step++;
      pending.push(loss);
    }
    const losses = await Promise.all(pending.map(async (loss) => (await loss.data())[0] as number));
    const milliseconds = (performance.now() - began) / count;
    const first = this.#step === count;
    // Compilation makes the first step long, and says nothing about the next ones.
    if (!first) {
      const fitting = Math.max(1, Math.floor(patience / milliseconds));
      this.#atOnce = Math.min(fitting, 2 * this.#atOnce, mostAtOnce);
    }
    const after = this.#device?.counters;
    const traffic = before &&
      after && {
        uploaded: (after.uploadedBytes - before.uploadedBytes) / count,
        downloaded: (after.downloadedBytes - before.downloadedBytes) / count,
        kernels: (after.kernels - before.kernels) / count,
      };
    return { losses, milliseconds, traffic };
  }

  /** Shows the network the test digits. */
  async examine(): Promise<Examination> {
    const { test } = this.#data;
    const [images] = tensors(test);
    const logP = await this.#learner.answer(this.#state.network, images).data();
    const answers = Array.from(test.labels, (_, i) => best(logP, 10 * i));
    const right = answers.filter((answer, i) => answer === test.labels[i]).length;
    return { accuracy: right / answers.length, answers };
  }
}

/** The digit of the largest of ten values. */
const best = (values: ArrayLike<number>, from: number): number => {
  let found = 0;
  for (let d = 1; d < 10; d++)
    if ((values[from + d] as number) > (values[from + found] as number)) found = d;
  return found;
};

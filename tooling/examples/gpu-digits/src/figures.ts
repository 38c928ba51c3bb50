import { element } from "example-page/element";
import type { Reading } from "./train";

/** The figures of the current run: loss, time and traffic of a step. */
export class Figures {
  readonly #loss = element("loss", HTMLElement);
  readonly #time = element("time", HTMLElement);
  readonly #uploaded = element("uploaded", HTMLElement);
  readonly #downloaded = element("downloaded", HTMLElement);
  readonly #kernels = element("kernels", HTMLElement);

  /** Shows the last reading. */
  update({ losses, milliseconds, traffic }: Reading): void {
    this.#loss.textContent = (losses.at(-1) as number).toPrecision(3);
    this.#time.textContent = `${milliseconds.toPrecision(3)} ms`;
    this.#uploaded.textContent = traffic === undefined ? "nothing" : bytes(traffic.uploaded);
    this.#downloaded.textContent = traffic === undefined ? "nothing" : bytes(traffic.downloaded);
    this.#kernels.textContent = traffic === undefined ? "none" : String(traffic.kernels);
  }
}

const bytes = (n: number): string =>
  n < 1000 ? `${Math.round(n)} bytes` : `${(n / 1000).toFixed(1)} kB`;

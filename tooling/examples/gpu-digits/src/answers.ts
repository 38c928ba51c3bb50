import { type Digits, pixels, side } from "example-digits/digits";
import { element } from "example-page/element";
import type { Examination } from "./train";

/** Test digits that the page shows. */
const shown = 40;

/** The test digits, with the network's answers below them. */
export class Answers {
  readonly #list = element("answers", HTMLElement);
  readonly #accuracy = element("accuracy", HTMLElement);
  readonly #items: { readonly item: HTMLElement; readonly text: HTMLElement; truth: number }[] = [];

  /** Draws the digits; the network has not been asked yet. */
  show({ images, labels }: Digits): void {
    for (let i = 0; i < shown; i++) {
      const item = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = "–";
      item.append(picture(images.subarray(i * pixels, (i + 1) * pixels)), text);
      this.#list.append(item);
      this.#items.push({ item, text, truth: labels[i] as number });
    }
  }

  /** Puts the answers there, wrong ones beside the truth. */
  update({ accuracy, answers }: Examination): void {
    this.#items.forEach(({ item, text, truth }, i) => {
      const wrong = answers[i] !== truth;
      item.classList.toggle("wrong", wrong);
      text.textContent = String(answers[i]);
      item.title = wrong ? `${answers[i]}, but it is a ${truth}` : `${truth}, right`;
    });
    this.#accuracy.textContent = `${(100 * accuracy).toFixed(1)} % of ${answers.length} right.`;
  }
}

/** Grey levels as a picture, ink dark. */
function picture(levels: Uint8Array): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const rgba = new Uint8ClampedArray(4 * pixels);
  levels.forEach((level, i) => {
    rgba.set([255 - level, 255 - level, 255 - level * 0.85, 255], 4 * i);
  });
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, side, side), 0, 0);
  return canvas;
}

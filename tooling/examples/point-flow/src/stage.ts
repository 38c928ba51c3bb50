import type { Tensor } from "@x/tensor";

/** Half the side of the square that the stage shows. */
const reach = 1.1;

/** The canvas with both clouds. */
export class Stage {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d") as CanvasRenderingContext2D;
  }

  /** Draws the cloud to reach under the moving one. */
  draw(moving: Tensor, target: Tensor): void {
    const side = this.#canvas.clientWidth * devicePixelRatio;
    Object.assign(this.#canvas, { width: side, height: side });
    const style = getComputedStyle(this.#canvas);
    this.#dots(target, style.getPropertyValue("--target"), 0.008 * side);
    this.#dots(moving, style.getPropertyValue("--moving"), 0.005 * side);
  }

  #dots(points: Tensor, colour: string, radius: number): void {
    const side = this.#canvas.width;
    const data = points.dataSync();
    const scale = (value: number): number => (side * (value + reach)) / (2 * reach);
    this.#context.fillStyle = colour;
    this.#context.beginPath();
    for (let k = 0; k < data.length; k += 2) {
      const [x, y] = [scale(data[k] as number), side - scale(data[k + 1] as number)];
      this.#context.moveTo(x + radius, y);
      this.#context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    this.#context.fill();
  }
}

import { ArgumentError, type PerAxis, ShapeError, type Tensor } from "@x/tensor";
import { checkTensor } from "./check";

/** Taps along each axis. */
export function kernelShape(operation: string, kernel: PerAxis, spatial: number): number[] {
  const taps = typeof kernel === "number" ? new Array<number>(spatial).fill(kernel) : [...kernel];
  if (taps.length === spatial && taps.every((k) => Number.isInteger(k) && k > 0)) return taps;
  throw new ArgumentError(
    `${operation}: expected a positive integer or ${spatial} of them for kernel; got ${JSON.stringify(kernel)}`,
    { kernel },
  );
}

/** @throws ArgumentError unless groups divide both numbers of channels */
export function checkGroups(
  operation: string,
  inputs: number,
  outputs: number,
  groups: number,
): void {
  if (Number.isInteger(groups) && groups > 0 && inputs % groups === 0 && outputs % groups === 0) {
    return;
  }
  throw new ArgumentError(
    `${operation}: expected groups that divide ${inputs} input and ${outputs} output channels; got ${groups}`,
    { inputs, outputs, groups },
  );
}

/** @throws ArgumentError unless x is a tensor, ShapeError unless it is [batch, channels, …spatial] */
export function checkImages(
  operation: string,
  x: Tensor,
  channels: number,
  groups: number,
  spatial: number,
): void {
  checkTensor(operation, x);
  const { shape } = x;
  if (shape.length !== spatial + 2) {
    throw new ShapeError(
      `${operation}: expected an input [batch, channels, ${spatial} spatial]; got shape [${shape.join(", ")}]; reshape it`,
      { shape },
    );
  }
  if (shape[1] !== channels) {
    throw new ShapeError(
      `${operation}: input has ${shape[1]} channels, weight expects ${channels} (groups ${groups}); channels are axis 1 of [${shape.join(", ")}]`,
      { shape, channels, groups },
    );
  }
}

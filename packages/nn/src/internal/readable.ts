import { type Tensor, TraceError, type TypedArray } from "@x/tensor";

/** The elements of a tensor, or undefined while it stands for a value that is only being traced. */
export function readable(x: Tensor): TypedArray | undefined {
  try {
    return x.dataSync();
  } catch (error) {
    // By code: the tensor may come from the package's other copy.
    if (error instanceof TraceError || (error as Partial<TraceError>).code === "ERR_TRACE") {
      return undefined;
    }
    throw error;
  }
}

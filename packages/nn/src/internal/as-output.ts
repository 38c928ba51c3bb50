import type { LinearParams } from "../linear";
import type { Layer } from "../types";

/** A linear layer whose `dims` say that it is the last of its network. */
export const asOutput = (layer: Layer<LinearParams>): Layer<LinearParams> => ({
  ...layer,
  dims: { ...layer.dims, weight: { ...layer.dims.weight, role: "output" } },
});

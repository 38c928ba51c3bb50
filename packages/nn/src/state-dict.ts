import { ArgumentError, type Tensor } from "@x/tensor";
import { flattenNames, type WriteSafetensorsOptions, writeSafetensors } from "@x/tensor/io";

/**
 * Parameters and state as one record of tensors by dotted name, as PyTorch's state dicts are.
 *
 * @param params - a tree of parameters
 * @param state - a tree of state, such as running statistics; its names must be others
 * @returns tensors by name
 * @throws ArgumentError when a name occurs twice
 * @example
 * Object.keys(stateDict({ fc: { weight: ones([1, 2]), bias: null } })) // ["fc.weight"]
 */
export function stateDict(params: unknown, state: unknown = null): Record<string, Tensor> {
  const named = flattenNames(params) as Record<string, Tensor>;
  for (const [name, value] of Object.entries(flattenNames(state) as Record<string, Tensor>)) {
    if (name in named) {
      throw new ArgumentError(
        `stateDict: expected other names in the state than in the parameters; got ${name} in both`,
        { name },
      );
    }
    named[name] = value;
  }
  return named;
}

/**
 * Parameters and state as the bytes of a safetensors file, which PyTorch's users read by `load_file`.
 *
 * @param params - a tree of parameters
 * @param state - a tree of state
 * @param options.metadata - texts to keep beside the tensors
 * @example
 * saveStateDict({ weight: ones([2]) }).length > 0 // true
 */
export function saveStateDict(
  params: unknown,
  state: unknown = null,
  options: WriteSafetensorsOptions = {},
): Uint8Array {
  return writeSafetensors(stateDict(params, state), options);
}

import { ArgumentError, DeviceError } from "../errors";

/** The error for a tensor that no buffer of the device can hold. */
export const tooLarge = (
  name: string,
  floats: number,
  most: number,
  residents: { readonly bytes: number },
): DeviceError =>
  new DeviceError(
    `gpu: expected tensors of at most ${most * 4} bytes on ${name}; got one of ${floats * 4}; ${residents}; split the work`,
    { bytes: floats * 4, largest: most * 4, resident: residents.bytes },
  );

/**
 * The error for f64: GPUs have no 64-bit floats that a kernel here could use.
 *
 * @param more - further advice
 */
export const noDoubles = (operation: string, more = ""): ArgumentError =>
  new ArgumentError(
    `${operation}: expected f32, i32, u32, u8 or bool on a GPU; got f64; GPUs have no 64-bit floats here: use cast(x, "f32"), or the CPU${more}`,
    { operation, dtype: "f64" },
  );

/** The error for a tensor of a device where only the CPU's memory will do. */
export const notHere = (operation: string, device: string, captured = false): ArgumentError =>
  new ArgumentError(
    captured
      ? `${operation}: the jitted function uses a tensor of ${device}; pass { device } to jit, or the tensor as an argument`
      : `${operation}: expected a tensor in the CPU's memory; this one lives on ${device}; use await t.data(), or await t.to("cpu")`,
    { operation },
  );

/** An error of the driver or of gpu.js as one of ours. */
export function deviceError(name: string, error: unknown, residents: object): Error {
  if (error instanceof DeviceError || error instanceof ArgumentError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new DeviceError(`gpu: ${name} failed: ${text}; ${residents}`, { cause: text });
}

import { type KernelModule, kernelModule } from "@x/tensor/kernels";
import { exactWasm } from "../generated/exact";

/** Loads the kernels of the exact solvers. */
export const exactKernels: () => KernelModule = /* @__PURE__ */ kernelModule(
  "@x/ot/exact/1",
  exactWasm,
);

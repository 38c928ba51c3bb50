import { type KernelModule, kernelModule } from "@x/tensor/kernels";
import { barycenterWasm } from "../generated/barycenter";

/** The kernels of barycenters on fixed bins. */
export const barycenterKernels: () => KernelModule = /* @__PURE__ */ kernelModule(
  "@x/ot/barycenter/1",
  barycenterWasm,
);

// Kernels of barycenters on fixed bins. Matrices lie as those of the module `sinkhorn`, but rows beyond the problem have
// any finite values: nothing reads what they give.
export { kernel } from "../sinkhorn/kernel";
export { barycenterSweep } from "./sweep";

// Kernels of dense entropic transport. Matrices have a row stride that is a multiple of 4 doubles and a number of rows
// that is a multiple of 4; what lies beyond the problem has infinite cost and zero mass, so that no loop has a tail.
export { columnShift, rowShift } from "./shift";
export { gibbs } from "./gibbs";
export { scaledMoments } from "./moments";
export { sweepRows, updateColumns } from "./sweep";
export { kernel } from "./kernel";
export { sweepRowsSingle, updateColumnsSingle } from "./single";
export { residual, scalingsOf } from "./residual";
export { logSweepRows } from "./log-sweep";
export { countKept, gatherKept } from "./sparse";
export { conjugateGradients } from "./conjugate-gradients";
export { schur } from "./schur";
export { choleskyBlock, choleskyPanel, choleskyTrailing, choleskySolve } from "./cholesky";

export { assign } from "./assign";
export { conjugateRows, pairCosts } from "./conjugate";
export { rescale } from "./rescale";
export { networkSimplex } from "./simplex";

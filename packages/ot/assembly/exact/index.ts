export { assign } from "./assign";
export { conjugateRows, pairCosts } from "./conjugate";
export { networkSimplex } from "./simplex";

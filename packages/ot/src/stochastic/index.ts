export { type GreenkhornOptions, greenkhorn } from "./greenkhorn";
export { type MinibatchOptions, type MinibatchResult, minibatchOT } from "./minibatch-ot";
export { type SemiDualOptions, semiDualSag, semiDualSgd } from "./semi-dual";

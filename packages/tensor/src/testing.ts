export { AssertionError } from "./testing/assertion-error";
export { assertClose, type CloseOptions } from "./testing/close";
export { checkGradients, type GradientCheckOptions } from "./testing/gradients";

export type { Distribution, Initializer } from "./init/draw";
export { type Fan, type FanOptions, type Fans, fans } from "./init/fans";
export { type Activation, gain } from "./init/gain";
export { type MuPOptions, muP, type WidthRole } from "./init/mu-p";
export { type NormalInitOptions, normal } from "./init/normal";
export { type OrthogonalOptions, orthogonal } from "./init/orthogonal";
export {
  type FanScaledOptions,
  fanInUniform,
  he,
  lecun,
  type ScaledOptions,
  xavier,
} from "./init/scaled";
export { type TruncNormalOptions, truncNormal } from "./init/trunc-normal";

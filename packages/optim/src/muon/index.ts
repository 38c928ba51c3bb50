export { type CansOptions, cansCubicCoeffs } from "./cans";
export { type MuonFallback, type MuonLabel, type MuonOptions, muon, muonLabels } from "./muon";
export type { MuonCoefficients, MuonCoefficientsName } from "./muon-coefficients";
export type { NormBall, StepForm } from "./norm-ball";
export type { OddPolynomial } from "./odd-polynomial";
export { type MuonNormalization, type OrthogonalizeOptions, orthogonalize } from "./orthogonalize";
export {
  type CoefficientSchedule,
  type PolarExpressOptions,
  polarExpressCoeffs,
} from "./polar-express";
export {
  type MuonState,
  type ScaleByMuonOptions,
  type ShapeScale,
  scaleByMuon,
} from "./scale-by-muon";

export {
  type CalibrationBin,
  type CalibrationOptions,
  type CalibrationResult,
  calibrationError,
} from "./metrics/calibration";
export {
  type ClassificationScores,
  type ClassScores,
  classificationScores,
  confusionMatrix,
} from "./metrics/confusion";
export { accuracy, type HitsOptions, hits } from "./metrics/hits";
export type { Numbers } from "./metrics/numbers";
export { brier, nll } from "./metrics/probabilities";
export { auc, averagePrecision } from "./metrics/ranking";
export { mae, type RegressionMetric, r2, rmse, spearman } from "./metrics/regression";

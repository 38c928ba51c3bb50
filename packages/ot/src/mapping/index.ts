export { barycentricMap } from "./barycentric-map";
export type { Labels } from "./class-plan";
export { type ColorTransferOptions, colorTransfer } from "./color-transfer";
export type { Image, RgbaBytes } from "./pixels";
export { Transport } from "./transport";
export type { TransportJSON } from "./transport-json";
export type {
  ClassTransportOptions,
  EmdTransportOptions,
  GaussianTransportOptions,
  SinkhornTransportOptions,
  TransportData,
  TransportOptions,
} from "./transport-options";

export type { BackendName } from "./gpu/backend/backend";
export type { GpuDevice } from "./gpu/device";
export type { GpuCounters, GpuInfo } from "./gpu/device-info";
export { type GpuOptions, gpu } from "./gpu/open";

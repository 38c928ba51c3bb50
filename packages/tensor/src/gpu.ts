export type { BackendName } from "./gpu/backend/backend";
export type { GpuCounters, GpuDevice, GpuInfo } from "./gpu/device-info";
export { type GpuOptions, gpu } from "./gpu/open";

import type { BackendName } from "./backend/backend";

/** What a device is. */
export interface GpuInfo {
  /** The interface that its kernels go through. */
  readonly backend: BackendName;
  /** Vendor and model as far as the browser or driver tells. */
  readonly adapter: string;
  /** Limits by name; sizes in bytes. */
  readonly limits: Readonly<Record<string, number>>;
  /** Whether the CPU plays the GPU's part: right results, but slowly. */
  readonly software: boolean;
}

/** Counts and bytes of what went on since the device was opened. */
export interface GpuCounters {
  /** Copies to the device. */
  uploads: number;
  uploadedBytes: number;
  /** Copies from the device. */
  downloads: number;
  downloadedBytes: number;
  /** Kernels issued. */
  kernels: number;
  /** Steps that ran on the CPU for want of a kernel. */
  cpuSteps: number;
}

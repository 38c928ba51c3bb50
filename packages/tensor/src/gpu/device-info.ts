import type { Device } from "../internal/device";
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
  /** Bytes of these copies. */
  uploadedBytes: number;
  /** Copies from the device. */
  downloads: number;
  /** Bytes of these copies. */
  downloadedBytes: number;
  /** Kernels issued. */
  kernels: number;
  /** Steps that ran on the CPU for want of a kernel. */
  cpuSteps: number;
}

/**
 * A GPU on which tensors live and functions run.
 *
 * Every call on its tensors returns at once; only reading a result waits. Errors of the work behind a tensor reject
 * the reads of it, and of nothing else.
 */
export interface GpuDevice extends Device {
  /** What the device is. */
  readonly info: GpuInfo;
  /** Counts and bytes since it was opened; copy the object to compare. */
  readonly counters: Readonly<GpuCounters>;
  /** What the tensors on the device hold: grows with results, shrinks when these are donated or collected. */
  memory(): { readonly bytes: number; readonly buffers: number };
  /**
   * Resolves when all work so far has run.
   *
   * @throws DeviceError when the device was lost or closed
   */
  sync(): Promise<void>;
  /** Gives the device back. Tensors on it cannot be read any more; pending reads reject. */
  destroy(): void;
}

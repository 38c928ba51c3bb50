import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BackendName, type GpuDevice, gpu } from "../../src/gpu";
import * as t from "../../src/index";
import { devices, onEachDevice } from "./devices";

/** The parts of the drivers' interfaces with which tests bring trouble about. */
interface Context {
  // WebGL
  readonly OUT_OF_MEMORY?: number;
  getError?: () => number;
  isContextLost?: () => boolean;
  getExtension?(name: string): { loseContext(): void } | null;
  // WebGPU
  readonly device?: {
    destroy(): void;
    createBuffer: (options: { size: number; usage: number }) => object;
    popErrorScope: () => Promise<object | null>;
  };
}

/** The driver's object behind a device's tensor. */
async function contextOf(device: GpuDevice): Promise<Context> {
  const x = t.tensor([1, 2, 3]).to(device);
  await x.data();
  const remote = x.concrete?.storage.remote as object;
  return (remote as { buffer: { handle: { context: Context } } }).buffer.handle.context;
}

/** Takes the device away as a driver does that resets: without a word from its owner. */
function lose(context: Context): void {
  if (context.device !== undefined) context.device.destroy();
  else {
    const extension = context.getExtension?.("WEBGL_lose_context");
    if (extension) extension.loseContext();
    // The package gl cannot lose a context on demand; it would say so like this.
    else context.isContextLost = () => true;
  }
}

const unhandled: unknown[] = [];
const note = (event: { readonly reason?: unknown }): void => {
  unhandled.push(event.reason);
};
const scope = globalThis as {
  addEventListener?: (type: string, listener: typeof note) => void;
  removeEventListener?: (type: string, listener: typeof note) => void;
};
beforeAll(() => scope.addEventListener?.("unhandledrejection", note));
afterAll(() => {
  scope.removeEventListener?.("unhandledrejection", note);
  expect(unhandled).toEqual([]);
});

onEachDevice("a device without memory", (device) => {
  /** Makes the driver say, once, that a buffer could not be had. */
  async function exhaust(): Promise<void> {
    const context = await contextOf(device);
    const { device: driver } = context;
    if (driver !== undefined) {
      const { popErrorScope } = driver;
      driver.popErrorScope = async () => {
        driver.popErrorScope = popErrorScope;
        await popErrorScope.call(driver);
        return { message: "no memory" };
      };
    } else {
      const { getError } = context;
      context.getError = () => {
        context.getError = getError as () => number;
        return context.OUT_OF_MEMORY as number;
      };
    }
  }

  it("says how much was asked for and what is resident, and goes on", async () => {
    const before = t.tensor([1, 2]).to(device);
    await before.data();
    await exhaust();
    // A size that no pool has waiting.
    const large = t.zeros([777, 1013]).to(device).add(1);
    const { bytes } = device.memory();
    expect(bytes).toBeGreaterThan(0);
    await expect(large.data()).rejects.toMatchObject({
      code: "ERR_DEVICE",
      message: expect.stringMatching(
        /out of memory, (up to )?\d{7,8} bytes were asked for.*; \d+ bytes are resident in \d+ buffers$/,
      ),
      data: { resident: expect.any(Number) },
    });
    expect(Array.from(await before.data())).toEqual([1, 2]);
    expect(Array.from(await before.add(1).data())).toEqual([2, 3]);
    await device.sync();
  });
});

describe.each(devices.map(({ info }) => info.backend))(
  "a lost %s device",
  (backend: BackendName) => {
    it("rejects pending and later reads by a clear error, and another can be opened", async () => {
      const device = await gpu({ backend });
      const x = t.tensor([1, 2, 3]).to(device);
      const f = t.jit((v: t.Tensor) => v.mul(2).sum(), { device });
      await f(x).data();
      const lost = {
        code: "ERR_DEVICE",
        message: expect.stringMatching(/^gpu: .*lost.*open another with gpu\(\)/),
      };
      // Nobody reads these: their failure must not surface.
      const ignored = [x.add(1), f(x)];
      const context = await contextOf(device);
      const outcome = (y: t.Tensor): Promise<unknown> => y.data().catch((error: unknown) => error);
      const onItsWay = outcome(f(x));
      lose(context);
      const pending = outcome(f(x));
      expect(await onItsWay).toMatchObject(lost);
      expect(await pending).toMatchObject(lost);
      await expect(x.data()).rejects.toMatchObject(lost);
      await expect(x.add(1).data()).rejects.toMatchObject(lost);
      await expect(device.sync()).rejects.toMatchObject(lost);
      expect(ignored).toHaveLength(2);
      device.destroy();
      const other = await gpu({ backend });
      const g = t.jit((v: t.Tensor) => v.mul(2).sum(), { device: other });
      expect(Array.from(await g(t.tensor([1, 2, 3])).data())).toEqual([12]);
      other.destroy();
      // Unhandled rejections are reported in a turn of the event loop.
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
  },
);

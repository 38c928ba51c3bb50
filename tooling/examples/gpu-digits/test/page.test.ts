import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launch, withDevices, withoutDevices } from "./chromium";
import { Site } from "./site";

const title = hasChromium ? "the page" : "the page (skipped: no Chromium; set CHROMIUM_PATH)";
/** A minute is enough for all tests; a machine that is busy with others takes several. */
const patience = 200_000;

/** A row of the table of runs. */
interface Row {
  readonly backend: string;
  readonly steps: number;
  readonly first: number;
  readonly last: number;
  readonly accuracy: number;
}

/** Runs in the page: notes the devices that are the library's own business, as they are made. */
function noteDevices(): void {
  interface Adapter {
    requestDevice(...args: unknown[]): Promise<unknown>;
  }
  const devices: unknown[] = [];
  const scope = globalThis as { GPUAdapter?: { prototype: Adapter } };
  Object.assign(scope, { devices });
  const adapter = scope.GPUAdapter?.prototype;
  const requestDevice = adapter?.requestDevice;
  if (adapter === undefined || requestDevice === undefined) return;
  adapter.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    devices.push(device);
    return device;
  };
}

describe.skipIf(!hasChromium)(title, { timeout: patience }, () => {
  let site: Site;
  let browser: Browser;
  beforeAll(async () => {
    [site, browser] = await Promise.all([Site.open(), launch(withDevices)]);
  }, patience);
  afterAll(async () => {
    await browser.close();
    site.close();
  });

  /** Opens the page; what goes wrong in it without being caught is kept. */
  async function open(
    policy?: string,
    on: Browser = browser,
  ): Promise<{ page: Page; errors: string[] }> {
    site.policy = policy;
    const page = await on.newPage({ viewport: { width: 1180, height: 1080 } });
    page.setDefaultTimeout(patience);
    await page.addInitScript(noteDevices);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(site.address);
    await page.getByText("Ready.").waitFor();
    return { page, errors };
  }

  async function train(page: Page, backend: string, steps: number): Promise<Row> {
    const rows = page.locator("#runs tr:not(.empty)");
    const before = await rows.count();
    await page.getByRole("radio", { name: backend }).check();
    await page.getByRole("spinbutton", { name: "Steps" }).fill(String(steps));
    await page.getByRole("button", { name: "Train" }).click();
    const ended = page.getByText(`${backend}: done after ${steps} steps.`);
    const failed = page.locator("#problem");
    await ended.or(page.getByRole("alert")).waitFor();
    expect(await failed.isVisible(), String(await failed.textContent())).toBe(false);
    const cells = await rows.nth(before).locator("th, td").allInnerTexts();
    const [name = "", , count, first, last, accuracy] = cells;
    return {
      backend: name,
      steps: Number(count),
      first: Number(first),
      last: Number(last),
      accuracy: Number.parseFloat(accuracy as string),
    };
  }

  it("trains on every backend: the loss falls, and all end with the same", async () => {
    const { page, errors } = await open();
    const rows: Row[] = [];
    for (const backend of ["CPU", "WebGPU"]) rows.push(await train(page, backend, 30));
    // WebGL on a CPU takes up to a second for a step.
    for (const backend of ["CPU", "WebGL 2", "WebGL 1"]) rows.push(await train(page, backend, 3));
    const [cpu, , short] = rows as [Row, Row, Row];
    // A network that knows nothing has a loss of log 10 ≈ 2.3 and is right once in ten.
    expect(cpu.first).toBeGreaterThan(2);
    expect(cpu.last).toBeLessThan(cpu.first / 2);
    expect(cpu.accuracy).toBeGreaterThan(50);
    for (const row of rows) {
      const same = row.steps === cpu.steps ? cpu : short;
      expect(row.steps).toBe(same.steps);
      // 32-bit sums in another order; 30 steps of Adam magnify that by less than a hundred.
      expect(Math.abs(row.last / same.last - 1), row.backend).toBeLessThan(1e-3);
      expect(Math.abs(row.first / cpu.first - 1), row.backend).toBeLessThan(1e-4);
    }
    // A batch of 64 images and labels (two floats each) goes there; the loss comes back.
    expect(await page.locator("#uploaded").textContent()).toBe("201.2 kB");
    expect(await page.locator("#downloaded").textContent()).toBe("4 bytes");
    expect(await page.locator("#chart polyline").count()).toBe(4);
    expect(await page.locator("#chart-title").textContent()).toMatch(
      /^Loss by step: CPU from 2\.\d+ to \d\.\d+ in 3 steps; WebGL 1 .*; WebGL 2 .*; WebGPU .* in 30 steps$/,
    );
    // For people to look at; the next run replaces it.
    const path = join(tmpdir(), "gpu-digits.png");
    const image = await page.screenshot({ path, fullPage: true });
    expect(image.length).toBeGreaterThan(10_000);
    expect(errors).toEqual([]);
    await page.close();
  });

  it.each([
    ["default-src 'self'; script-src 'self'", "JavaScriptThis page's policy forbids WebAssembly"],
    ["default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", "WebAssembly"],
  ])("works minified on every backend under the policy %s", async (policy, cpuText) => {
    const { page, errors } = await open(policy);
    expect(await page.locator("#about-cpu").textContent()).toContain(cpuText);
    const rows: Row[] = [];
    for (const backend of ["CPU", "WebGPU", "WebGL 2", "WebGL 1"])
      rows.push(await train(page, backend, 1));
    const [cpu] = rows as [Row];
    for (const { backend, last, accuracy } of rows) {
      expect(Math.abs(last / cpu.last - 1), backend).toBeLessThan(1e-4);
      // After the step; one of the 200 digits may stand between two answers.
      expect(Math.abs(accuracy - cpu.accuracy), backend).toBeLessThanOrEqual(0.5);
    }
    expect(errors).toEqual([]);
    await page.close();
  });

  it("stops when asked to, and keeps what there is", async () => {
    const { page } = await open();
    await page.getByRole("radio", { name: "CPU" }).check();
    await page.getByRole("spinbutton", { name: "Steps" }).fill("5000");
    await page.getByRole("button", { name: "Train" }).click();
    await page.getByText(/CPU: step \d+ of 5000/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/CPU: stopped after \d+ steps/).waitFor();
    expect(await page.locator("#runs tr").count()).toBe(1);
    expect(await page.getByRole("button", { name: "Train" }).isEnabled()).toBe(true);
    await page.close();
  });

  it("reports a device that is lost, and opens another for the next run", async () => {
    const { page, errors } = await open();
    await page.getByRole("radio", { name: "WebGPU" }).check();
    await page.getByRole("button", { name: "Train" }).click();
    await page.getByText(/WebGPU: step \d+ of 300/).waitFor();
    await page.evaluate("for (const device of devices) device.destroy()");
    const message = page.getByRole("alert");
    await message.waitFor();
    expect(await message.textContent()).toMatch(/^gpu: .* was lost .*open another with gpu\(\)/);
    expect((await train(page, "WebGPU", 1)).steps).toBe(1);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("says what is missing where there is no GPU, and trains on the CPU", async () => {
    const bare = await launch(withoutDevices);
    const { page, errors } = await open(undefined, bare);
    for (const name of ["webgpu", "webgl2", "webgl"]) {
      expect(await page.locator(`input[value=${name}]`).isDisabled(), name).toBe(true);
      expect(await page.locator(`#about-${name}`).textContent()).toMatch(/^Not available: .{10,}/);
    }
    expect((await train(page, "CPU", 2)).steps).toBe(2);
    expect(errors).toEqual([]);
    await bare.close();
  });
});

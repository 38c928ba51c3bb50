import { resolve } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launch } from "../../gpu-digits/test/chromium";
import { Site } from "../../gpu-digits/test/site";

const title = hasChromium ? "the page" : "the page (skipped: no Chromium; set CHROMIUM_PATH)";
/** Seconds are enough; a machine that is busy with others takes longer. */
const patience = 200_000;

describe.skipIf(!hasChromium)(title, { timeout: patience }, () => {
  let site: Site;
  let browser: Browser;
  beforeAll(async () => {
    [site, browser] = await Promise.all([
      Site.open(resolve(import.meta.dirname, "..")),
      launch(["--disable-gpu"]),
    ]);
  }, patience);
  afterAll(async () => {
    await browser.close();
    site.close();
  });

  /** Opens the page; what goes wrong in it without being caught is kept. */
  async function open(): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1080, height: 1280 } });
    page.setDefaultTimeout(patience);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(site.address);
    await page.getByText("Ready.").waitFor();
    return { page, errors };
  }

  const figure = async (page: Page, id: string): Promise<number> =>
    Number(await page.locator(`#${id}`).textContent());

  /** The share of the stage's pixels that the moving cloud covers. */
  const covered = (page: Page): Promise<number> =>
    page.locator("#stage").evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(
        0,
        0,
        width,
        height,
      );
      let blue = 0;
      for (let k = 0; k < data.length; k += 4)
        if ((data[k + 2] as number) > (data[k] as number)) blue++;
      return blue / (width * height);
    });

  it.each(["plain", "lcv"])(
    "the cloud reaches the other one, with the estimator %s",
    async (estimator) => {
      const { page, errors } = await open();
      const before = await figure(page, "exact");
      const packed = await covered(page);
      await page.locator("#estimator").selectOption(estimator);
      await page.locator("#steps").fill("120");
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByText("Done after 120 steps.").waitFor();
      expect(before).toBeGreaterThan(0.5);
      // Steps of 4 % leave 0.96^120 = 0.7 % of it where lines are matched; the rest is noise of 10 directions.
      expect(await figure(page, "exact")).toBeLessThan(0.1 * before);
      expect(await figure(page, "sliced")).toBeLessThan(0.1);
      // A disc of 600 overlapping dots spreads out along the spiral.
      expect(await covered(page)).toBeGreaterThan(packed);
      expect(await page.locator("#chart polyline").count()).toBe(2);
      expect(errors).toEqual([]);
      if (process.env["SCREENSHOT"]) await page.screenshot({ path: process.env["SCREENSHOT"] });
      await page.close();
    },
  );

  it("stops when asked to, and starts anew", async () => {
    const { page, errors } = await open();
    await page.locator("#to").selectOption("heart");
    await page.locator("#steps").fill("2000");
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText(/Step \d+ of 2000/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/Stopped after \d+ steps/).waitFor();
    await page.locator("#steps").fill("2");
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText("Done after 2 steps.").waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });
});

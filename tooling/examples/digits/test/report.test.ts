import { describe, expect, it } from "vitest";
import { drawDigits } from "../src/draw-digits";
import { evaluate } from "../src/evaluate";
import { type ReportFacts, report } from "../src/report";
import { uniformOf } from "./uniform-of";

const { images, labels } = drawDigits(10, uniformOf(1));
/** All digits right but the 4, which is read as a 9. */
const logP = Array.from({ length: 100 }, (_, i) => {
  const [truth, d] = [Math.floor(i / 10), i % 10];
  return Math.log(d === (truth === 4 ? 9 : truth) ? 0.91 : 0.01);
});

const facts: ReportFacts = {
  origin: "<drawn> & shown",
  trainCount: 80,
  testImages: images,
  evaluation: evaluate(logP, labels),
  history: [
    { epoch: 1, train: { loss: 1, accuracy: 0.5 }, test: { loss: 0.5, accuracy: 0.8 } },
    { epoch: 2, train: { loss: 0.5, accuracy: 0.7 }, test: { loss: 0.3, accuracy: 0.9 } },
  ],
  epochsWanted: 2,
  network: "a network",
  parameters: 1234,
  seed: 5,
  seconds: 1.25,
};

describe("report", () => {
  it("is one file that loads nothing: no scripts to run, no links, images and plots within", async () => {
    const html = await report(facts);
    expect(html).not.toMatch(/<link|<iframe|\s(src|href)="(?!data:|#)/);
    const scripts = [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes);
    expect(scripts.every((text) => text?.includes('type="application/json"'))).toBe(true);
    expect(html.match(/<svg/g)).toHaveLength(3);
  });

  it("holds a Vega-Lite specification with the data of every plot", async () => {
    const html = await report(facts);
    const specification = (name: string): { data: { values: unknown[] }; $schema: string } => {
      const text = html.match(new RegExp(`id="${name}-vega-lite">(.*?)</script>`, "s"))?.[1];
      return JSON.parse(text ?? "null");
    };
    expect(specification("loss").$schema).toContain("vega-lite/v6");
    expect(specification("loss").data.values).toContainEqual({
      epoch: 2,
      on: "test images",
      value: 0.3,
    });
    expect(specification("accuracy").data.values).toHaveLength(4);
    expect(specification("confusion").data.values).toContainEqual({
      truth: 4,
      answer: 9,
      count: 1,
      share: 1,
    });
  });

  it("tells the accuracy and draws each mistake", async () => {
    const html = await report(facts);
    expect(html).toContain("<strong>90.00 %</strong> of 10 test images");
    expect(html.match(/<figure class="digit">/g)).toHaveLength(1);
    expect(html).toContain('alt="a 4 read as 9"');
    expect(html).toContain("&lt;drawn&gt; &amp; shown");
    expect(html).not.toContain("Stopped after");
  });

  it("says when the run was stopped early, also before the first epoch's end", async () => {
    expect(await report({ ...facts, epochsWanted: 9 })).toContain("Stopped after 2 of 9 epochs");
    expect(await report({ ...facts, history: [] })).toContain("Stopped after 0 of 2 epochs");
  });
});

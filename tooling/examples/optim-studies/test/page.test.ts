import { describe, expect, test } from "vitest";
import { page } from "../src/page";
import { lines } from "../src/plots";
import type { Study, StudyResult } from "../src/study";
import { figure, tableText } from "../src/table";

const table = { head: ["method", "steps"], rows: [["Muon & co", 34.56]], caption: "Steps" };
const result: StudyResult = {
  findings: ["a < b"],
  tables: [table],
  charts: [
    {
      title: "Loss",
      specification: lines({
        values: [
          { x: 0, y: 1, series: "Muon" },
          { x: 1, y: 0.5, series: "Muon" },
        ],
        x: "step",
        y: "loss",
        series: ["Muon"],
      }),
    },
  ],
  images: [{ title: "A pixel", width: 1, pixels: new Uint8Array([9]) }],
};
const study: Study = { title: "A study", method: ["It runs."], run: () => result };

describe("a study's page", () => {
  test("is one file that loads nothing, with tables, plots, images and the data of the plots", async () => {
    const html = await page(study, result, { note: "Seed 0." });
    expect(html).not.toMatch(/<link|<iframe|\s(src|href)="(?!data:|#)/);
    expect(html.match(/<svg/g)).toHaveLength(1);
    expect(html).toContain("<td>Muon &amp; co</td>");
    expect(html).toContain('<p class="lead">a &lt; b</p>');
    const data = html.match(/<script type="application\/json">(.*?)<\/script>/s)?.[1] ?? "null";
    expect(JSON.parse(data).data.values).toHaveLength(2);
  });

  test("prints the same table in a terminal, figures with three digits and flush right", () => {
    expect(tableText(table)).toMatch(/^Steps\n(.*\n)*│ Muon & co │ {2}34\.6 │/);
    expect([34.56, 1234, 0.00001234, Number.NaN, 2].map(figure)).toEqual([
      "34.6",
      "1234",
      "0.0000123",
      "–",
      "2",
    ]);
  });
});

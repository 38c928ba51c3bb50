import { type Chart, draw } from "example-digits/charts";
import { escapeHtml, scriptJson } from "example-digits/html";
import { encodePng } from "example-digits/png";
import type { Study, StudyImage, StudyResult } from "./study";
import { tableHtml } from "./table";

/** What a page says about the run besides its result. */
export interface PageFacts {
  /** What was computed on what, in which time; a line. */
  readonly note: string;
}

/** A study as one HTML file with its plots drawn in, which needs neither scripts nor a network. */
export async function page(
  { title, method }: Study,
  { findings, tables, charts, images = [] }: StudyResult,
  { note }: PageFacts,
): Promise<string> {
  const drawn = await Promise.all(
    charts.map(async (chart) => ({ title: chart.title, ...(await draw(chart.specification)) })),
  );
  const paragraphs = (texts: readonly string[], name = ""): string =>
    texts.map((text) => `<p${name && ` class="${name}"`}>${escapeHtml(text)}</p>`).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${paragraphs(findings, "lead")}
${tables.map(tableHtml).join("\n")}
<div class="row">
${drawn.map(chartFigure).join("\n")}
</div>
${images.length === 0 ? "" : `<div class="row">${images.map(imageFigure).join("\n")}</div>`}
<h2>How it was done</h2>
${paragraphs(method)}
<p class="note">${escapeHtml(note)}</p>
</body>
</html>
`;
}

/** A plot, with its Vega-Lite specification beside it for whoever wants to draw it again. */
const chartFigure = ({ title, svg, specification }: Chart & { title: string }): string =>
  `<figure><figcaption>${escapeHtml(title)}</figcaption>${svg}<script type="application/json">${scriptJson(specification)}</script></figure>`;

const imageFigure = ({ title, width, pixels }: StudyImage): string => {
  const source = `data:image/png;base64,${encodePng(pixels, width).toString("base64")}`;
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><img src="${source}" width="${Math.max(width, 192)}" alt="${escapeHtml(title)}"></figure>`;
};

const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: .25rem; line-height: 1.2; } h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem; }
.lead { font-size: 1.125rem; margin: .5rem 0; } .note { color: #666; font-size: .9rem; }
table { border-collapse: collapse; margin: 1.5rem 0; } caption { text-align: left; color: #666; padding-bottom: .25rem; }
th, td { text-align: left; padding: .15rem 1.5rem .15rem 0; border-bottom: 1px solid #eee; } th { font-weight: 600; }
.figure { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: .5rem; } figure svg { max-width: 100%; height: auto; }
figure img { image-rendering: pixelated; }
.row { display: flex; flex-wrap: wrap; gap: 2rem 1.5rem; margin: 1.5rem 0; }
`;

import { type Chart, confusionMatrix, curves, draw } from "./charts";
import { pixels, side } from "./digits";
import type { Evaluation, Mistake } from "./evaluate";
import type { EpochResult } from "./history";
import { escapeHtml, scriptJson } from "./html";
import { encodePng } from "./png";

/** What a report tells. */
export interface ReportFacts {
  readonly origin: string;
  readonly trainCount: number;
  readonly testImages: Uint8Array;
  readonly evaluation: Evaluation;
  readonly history: readonly EpochResult[];
  readonly epochsWanted: number;
  readonly network: string;
  readonly parameters: number;
  readonly seed: number;
  readonly seconds: number;
}

const shown = 60;

/** The report: one HTML file with its plots drawn in, which needs neither scripts nor a network. */
export async function report(facts: ReportFacts): Promise<string> {
  const { history, evaluation, epochsWanted } = facts;
  const charts = {
    accuracy: await draw(curves(history, "accuracy")),
    loss: await draw(curves(history, "loss")),
    confusion: await draw(confusionMatrix(evaluation.confusion)),
  };
  const percent = (evaluation.accuracy * 100).toFixed(2);
  const stopped =
    history.length < epochsWanted
      ? `<p class="note">Stopped after ${history.length} of ${epochsWanted} epochs; <code>--resume</code> goes on from here.</p>`
      : "";
  const testCount = facts.testImages.length / pixels;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Handwritten digits: ${percent} % right</title>
<style>${style}</style>
</head>
<body>
<h1>Handwritten digits</h1>
<p class="lead"><strong>${percent} %</strong> of ${testCount} test images are recognised.</p>
${stopped}
${factTable(facts, testCount)}
<section><h2>Training</h2>
<p>Training images are turned, sheared, stretched and shifted at random, which makes them harder than the test images.</p>
<div class="row">
${figure("accuracy", charts.accuracy)}
${figure("loss", charts.loss)}
</div></section>
<section><h2>Which digits are mistaken for which</h2>
<p>Counts of test images, true digits by row. Right answers lie on the diagonal; the deeper the orange, the larger the share of a row that is wrong (full at 5 %).</p>
${figure("confusion", charts.confusion)}
</section>
<section><h2>Misread digits</h2>
${gallery(evaluation.mistakes, facts.testImages)}
</section>
</body>
</html>
`;
}

function factTable(facts: ReportFacts, testCount: number): string {
  const rows = [
    ["Digits", facts.origin],
    ["Images", `${facts.trainCount} to train on, ${testCount} to test`],
    ["Network", `${facts.network}, ${facts.parameters.toLocaleString("en")} parameters`],
    ["Epochs", String(facts.history.length)],
    ["Seed", String(facts.seed)],
    ["Time", `${facts.seconds.toFixed(1)} s of training in this run`],
  ];
  const cells = rows.map(
    ([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value as string)}</td></tr>`,
  );
  return `<table>${cells.join("")}</table>`;
}

/** A plot, with its Vega-Lite specification beside it for whoever wants to draw it again. */
const figure = (name: string, { svg, specification }: Chart): string =>
  `<figure>${svg}<script type="application/json" id="${name}-vega-lite">${scriptJson(specification)}</script></figure>`;

function gallery(mistakes: readonly Mistake[], images: Uint8Array): string {
  if (mistakes.length === 0) return "<p>None: every test image was read rightly.</p>";
  const some =
    mistakes.length > shown
      ? `The ${shown} surest of ${mistakes.length}`
      : `All ${mistakes.length}`;
  const figures = mistakes.slice(0, shown).map(({ index, truth, answer, probability }) => {
    // Ink on paper, as people write.
    const image = images.slice(index * pixels, (index + 1) * pixels).map((grey) => 255 - grey);
    const source = `data:image/png;base64,${encodePng(image, side).toString("base64")}`;
    const text = `a ${truth} read as ${answer}`;
    return `<figure class="digit"><img src="${source}" width="84" height="84" alt="${text}">
<figcaption><b>${truth}</b> read as <b class="wrong">${answer}</b><br>${(probability * 100).toFixed(0)} % sure</figcaption></figure>`;
  });
  return `<p>${some}, those first of which the network was surest.</p><div class="digits">${figures.join("\n")}</div>`;
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem; }
.lead { font-size: 1.25rem; margin-top: .25rem; }
.note { background: #fff4d6; padding: .5rem .75rem; border-radius: 4px; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 600; padding: .1rem 1.5rem .1rem 0; } td { overflow-wrap: anywhere; }
figure { margin: 0; } figure svg { max-width: 100%; height: auto; }
.row { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.digits { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 1rem .5rem; }
.digit img { image-rendering: pixelated; border: 1px solid #ddd; border-radius: 4px; }
.digit figcaption { font-size: .85rem; line-height: 1.3; } .wrong { color: #c8401b; }
`;

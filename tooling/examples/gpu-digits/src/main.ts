import { element } from "example-page/element";
import { Answers } from "./answers";
import { BackendList } from "./backend-list";
import { type BackendName, backends, type Opened, titles } from "./backends";
import { type Curve, drawChart, drawLegend } from "./chart";
import { drawData, type PageData } from "./data";
import { Figures } from "./figures";
import { addRun, median } from "./runs-table";
import { Run } from "./train";

/** Steps between two looks at the test digits. */
const examineEvery = 25;

const form = element("controls", HTMLFormElement);
const stepsInput = element("steps", HTMLInputElement);
const button = element("train", HTMLButtonElement);
const status = element("status", HTMLElement);
const problem = element("problem", HTMLElement);
const chart = element("chart", SVGElement);
const legend = element("legend", HTMLElement);
const answers = new Answers();
const figures = new Figures();
const list = new BackendList();

/** The last run of each backend. */
const curves = new Map<BackendName, number[]>();
let running = false;
let stopping = false;

function draw(): void {
  // The preferred backend is drawn last, on top: its line is the thinnest.
  const all: Curve[] = backends.toReversed().flatMap((backend) => {
    const losses = curves.get(backend);
    return losses === undefined ? [] : [{ backend, losses }];
  });
  const longest = Math.max(...all.map(({ losses }) => losses.length));
  const wanted = running || all.length === 0 ? stepsInput.valueAsNumber : 0;
  drawChart(chart, all, Math.max(wanted || 0, longest, 2) - 1);
  drawLegend(legend, all);
}

/** Trains on a backend and puts on the page what comes of it. */
async function train(data: PageData, backend: BackendName, steps: number): Promise<void> {
  const { device, adapter }: Opened = await list.device(backend);
  const losses: number[] = [];
  curves.set(backend, losses);
  const times: number[] = [];
  const run = new Run(data, device);
  let examined = 0;
  while (losses.length < steps && !stopping) {
    const reading = await run.advance(steps - losses.length);
    losses.push(...reading.losses);
    times.push(reading.milliseconds);
    figures.update(reading);
    draw();
    status.textContent = `${titles[backend]}: step ${losses.length} of ${steps}.`;
    if (losses.length - examined >= examineEvery) {
      examined = losses.length;
      answers.update(await run.examine());
    }
  }
  const examination = await run.examine();
  answers.update(examination);
  // The first step compiles.
  const milliseconds = median(times.length > 1 ? times.slice(1) : times);
  addRun({ backend, adapter, losses, accuracy: examination.accuracy, milliseconds });
  status.textContent = `${titles[backend]}: ${stopping ? "stopped" : "done"} after ${losses.length} steps.`;
}

/** The form's answer to its button: train, or stop. */
async function submit(data: PageData): Promise<void> {
  if (running) {
    stopping = true;
    return;
  }
  const backend = list.chosen;
  if (backend === undefined) return;
  [running, stopping] = [true, false];
  button.textContent = "Stop";
  problem.hidden = true;
  status.textContent = `${titles[backend]}: compiling …`;
  try {
    await train(data, backend, stepsInput.valueAsNumber);
  } catch (error) {
    status.textContent = `${titles[backend]}: failed.`;
    problem.textContent = error instanceof Error ? error.message : String(error);
    problem.hidden = false;
    list.forget(backend);
  } finally {
    running = false;
    button.textContent = "Train";
    draw();
  }
}

new ResizeObserver(draw).observe(chart);
await list.look();
const data = await drawData((share) => {
  status.textContent = `Drawing digits … ${Math.round(100 * share)} %`;
});
answers.show(data.test);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit(data);
});
button.disabled = false;
status.textContent = "Ready.";

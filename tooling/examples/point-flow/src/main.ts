import { emdSample, slicedFlow } from "@x/ot";
import { random, type Tensor } from "@x/tensor";
import { element } from "example-page/element";
import { drawChart, type Reading } from "./chart";
import { cloud, type ShapeName, shapeNames } from "./shapes";
import { Stage } from "./stage";

const count = 600;
const dimension = 2;
/** Steps from one exact distance to the next: it takes as long as many steps. */
const exactEvery = 20;

const form = element("controls", HTMLFormElement);
const from = element("from", HTMLSelectElement);
const to = element("to", HTMLSelectElement);
const projections = element("projections", HTMLInputElement);
const estimator = element("estimator", HTMLSelectElement);
const rate = element("rate", HTMLInputElement);
const stepsInput = element("steps", HTMLInputElement);
const button = element("start", HTMLButtonElement);
const status = element("status", HTMLElement);
const chart = element("chart", SVGElement);
const stage = new Stage(element("stage", HTMLCanvasElement));

/** What the page shows. */
const view = {
  moving: cloud("disc", count, 1),
  target: cloud("spiral", count, 2),
  sliced: [] as Reading[],
  exact: [] as Reading[],
  steps: stepsInput.valueAsNumber,
};
let running: AbortController | undefined;

const show = (id: string, text: string): void => {
  element(id, HTMLElement).textContent = text;
};

function draw(): void {
  stage.draw(view.moving, view.target);
  const curves = [
    { className: "sliced", readings: view.sliced },
    { className: "exact", readings: view.exact },
  ];
  drawChart(chart, curves, view.steps);
}

/** Both clouds as the form names them, at rest. */
function reset(): void {
  view.moving = cloud(from.value as ShapeName, count, 1);
  view.target = cloud(to.value as ShapeName, count, 2);
  [view.sliced, view.exact] = [[], []];
  view.steps = Math.max(1, stepsInput.valueAsNumber || 1);
  measure(0);
  draw();
}

function measure(step: number): void {
  const distance = Math.sqrt(emdSample(view.moving, view.target).cost);
  view.exact.push({ step, distance });
  show("exact", distance.toFixed(4));
}

const nextFrame = (): Promise<unknown> => new Promise(requestAnimationFrame);

/** One step for each frame of the screen. */
async function flow(signal: AbortSignal): Promise<void> {
  const key = random.key(0);
  const options = {
    loss: "squared",
    // A step of d/2 would match the projections at once.
    lr: (rate.valueAsNumber * dimension) / 2,
    projections: projections.valueAsNumber,
    estimator: estimator.value as "plain" | "lcv" | "ucv",
    steps: 1,
  } as const;
  let spent = 0;
  for (let step = 1; step <= view.steps && !signal.aborted; step++) {
    const began = performance.now();
    const { points, history } = await slicedFlow(view.moving, view.target, {
      ...options,
      key: random.foldIn(key, step),
    });
    spent += performance.now() - began;
    advance(step, points, Math.sqrt(Math.max(0, history.item())));
    show("time", `${(spent / step).toFixed(2)} ms`);
    await nextFrame();
  }
}

function advance(step: number, points: Tensor, distance: number): void {
  view.moving = points;
  view.sliced.push({ step, distance });
  if (step % exactEvery === 0 || step === view.steps) measure(step);
  show("step", String(step));
  show("sliced", distance.toFixed(4));
  status.textContent = `Step ${step} of ${view.steps}.`;
  draw();
}

/** The form's answer to its button: start, or stop. */
async function submit(): Promise<void> {
  if (running !== undefined) {
    running.abort();
    return;
  }
  running = new AbortController();
  button.textContent = "Stop";
  reset();
  try {
    await flow(running.signal);
    const steps = view.sliced.length;
    status.textContent = `${running.signal.aborted ? "Stopped" : "Done"} after ${steps} steps.`;
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error);
  } finally {
    running = undefined;
    button.textContent = "Start";
  }
}

for (const [select, chosen] of [
  [from, "disc"],
  [to, "spiral"],
] as const) {
  select.append(...shapeNames.map((name) => new Option(name, name, false, name === chosen)));
  select.addEventListener("change", () => running ?? reset());
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
new ResizeObserver(draw).observe(chart);
reset();

import { logSoftmax, relu, type Tensor, tensor, zeros } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";
import { oursTrainer } from "./models/adam-ours";
import { batch, initialWeight, labels, type Trainer } from "./models/trainer";

const steps = 20_000;
const warmUpSteps = 5_000;
/** Garbage collection makes a sawtooth of the memory, so its peak counts, not where the loop happens to end. */
const stepsBetweenReadings = 100;
const [inputs, hidden, classes] = [64, 64, 10];

/** Small, so that 20 000 steps take seconds; a leak of the parameters alone would still be 400 MB. */
function trainer(kit: Kit, eager: boolean): Trainer {
  const loss = (p: Record<string, Tensor>, x: Tensor, y: Tensor): Tensor => {
    const h = relu(x.matmul(p["w1"]!).add(p["b1"]!));
    return logSoftmax(h.matmul(p["w2"]!).add(p["b2"]!), -1)
      .mul(y)
      .sum()
      .mul(-1 / batch);
  };
  const parameters = {
    w1: tensor(initialWeight(kit, inputs * hidden, inputs, 2)).reshape([inputs, hidden]),
    b1: zeros([hidden]),
    w2: tensor(initialWeight(kit, hidden * classes, hidden, 3)).reshape([hidden, classes]),
    b2: zeros([classes]),
  };
  const x = tensor(kit.uniform(batch * inputs, 1)).reshape([batch, inputs]);
  const y = tensor(labels()).reshape([batch, classes]);
  return oursTrainer(loss, parameters, x, y, { eager });
}

/** Peak growth of resident memory over one synchronous loop: no turn of the event loop lets anything be cleaned up. */
const growth =
  (eager: boolean) =>
  (kit: Kit): Prepared => {
    const { step, loss } = trainer(kit, eager);
    return {
      ours: {
        sample() {
          for (let i = 0; i < warmUpSteps; i++) step();
          const before = kit.residentBytes();
          let peak = before;
          for (let i = 0; i < steps; i++) {
            step();
            if (i % stepsBetweenReadings === 0) peak = Math.max(peak, kit.residentBytes());
          }
          return (peak - before) / 1e6;
        },
      },
      async check() {
        step();
        const first = await loss();
        for (let i = 0; i < 100; i++) step();
        const later = await loss();
        if (!(later < first))
          throw new Error(`loss: expected it to fall; got ${first}, then ${later}`);
      },
    };
  };

export const rows: Rows = [
  {
    name: "20 000 jitted training steps in one loop, peak growth of resident memory",
    unit: "MB",
    target: { of: "ours", atMost: 64 },
    samples: 1,
    timeLimit: 300,
    setup: growth(false),
  },
  {
    name: "20 000 eager training steps in one loop, peak growth of resident memory",
    unit: "MB",
    target: { of: "ours", atMost: 64 },
    samples: 1,
    timeLimit: 300,
    setup: growth(true),
  },
];

import {
  ArgumentError,
  grad,
  hvp,
  isTensor,
  jit,
  random,
  type Tensor,
  tensor,
  valueAndGradWithAux,
} from "@x/tensor";
import type { Bytes } from "@x/tensor/io";
import { applyUpdates } from "../core/apply-updates";
import { checkCount, checkFunction, checkObject, checkTransformation } from "../core/check";
import { checkSameLayout } from "../core/same-layout";
import { deserialize, serialize } from "../core/serialize";
import { narrowed, singlePrecision } from "../core/single-precision";
import type { Extra, GradientTransformation, OptState } from "../types";
import { checkedResult } from "./checked-result";
import { counters, moved } from "./moved";
import type {
  LossContext,
  LossResult,
  TrainOptions,
  TrainProgress,
  TrainRecord,
  TrainResult,
} from "./options";

/** Everything that a step changes. */
interface Place<P, M> {
  readonly params: P;
  readonly state: OptState;
  readonly modelState: M;
}

/** What a step takes over: with its number, so that nothing but the batch goes to a device. */
interface Carry<P, M> {
  readonly place: Place<P, M>;
  readonly number: Tensor;
}

interface Taken<P, M> {
  readonly carry: Carry<P, M>;
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

interface Checkpoint<P, M> extends Place<P, M> {
  readonly step: number;
  readonly history: readonly TrainRecord[];
  readonly seed: number;
}

/** Milliseconds of computing after which the event loop gets a turn. */
const sliceMs = 50;

/**
 * Trains: compiled steps, records, checkpoints that resume exactly, and a signal to stop.
 *
 * @param options - see {@link TrainOptions}
 * @returns parameters, state, history, and why it ended; being stopped is a result, not an error
 * @throws ArgumentError for counts out of range and bytes that are no checkpoint of these params and this optimiser; ConvergenceError from
 *   `skipNonFinite`; whatever loss, optimiser and callbacks throw
 * @example
 * const { params, history } = await train({
 *   params: { w: zeros([3]) },
 *   loss: (p, { x, y }) => matmul(x, p.w).sub(y).square().mean(),
 *   optimizer: adam(0.1),
 *   batch: () => ({ x, y }),
 *   steps: 100,
 * });
 */
export async function train<P, B, M = null>(
  options: TrainOptions<P, B, M>,
): Promise<TrainResult<P, M>> {
  checkObject("train", "options", options, "call train({ params, loss, optimizer, batch, steps })");
  const { device, steps, recordEvery = 1, checkpoint, signal } = options;
  checkFunction("train", "loss", options.loss, "pass (params, batch) => a scalar tensor");
  checkTransformation("train", "optimizer", options.optimizer);
  checkFunction("train", "batch", options.batch, "pass (step) => the batch of that step");
  checkCount("train", "steps", steps, 0);
  checkCount("train", "recordEvery", recordEvery);
  if (checkpoint !== undefined) {
    checkCount("train", "checkpoint.every", checkpoint.every);
    checkFunction("train", "checkpoint.save", checkpoint.save, "it gets bytes");
  }
  const optimizer = device === undefined ? options.optimizer : singlePrecision(options.optimizer);
  const begin = await beginning(options, optimizer);
  const history = [...begin.history];
  const { seed } = begin;
  let { step } = begin;
  let place: Place<P, M> = {
    params: begin.params,
    state: begin.state,
    modelState: begin.modelState,
  };
  const take = stepOf(options, optimizer);
  const key = await moved(random.key(seed), device);
  let number = await moved(tensor(step, { dtype: "u32" }), device);
  const save = async (): Promise<void> => {
    if (checkpoint === undefined) return;
    const here = device === undefined ? place : await moved(place);
    await checkpoint.save(serialize({ ...here, step, history, seed }), step);
  };
  // Who skips what is not finite has said that it may come.
  const { nonFinite = optimizer.verify === undefined ? "stop" : "continue" } = options;
  let end: TrainResult<P, M>["end"] = "finished";
  let sliceStart = performance.now();
  while (step < steps) {
    if (signal?.aborted) {
      end = "aborted";
      break;
    }
    const batch = await options.batch(step);
    const taken = take({ place, number }, batch, key);
    ({ place, number } = taken.carry);
    optimizer.verify?.(device === undefined ? place.state : await counters(place.state));
    const due = step % recordEvery === 0 || step === steps - 1;
    const record = due ? await read(step, taken) : undefined;
    step++;
    if (record !== undefined) {
      history.push(record);
      const progress: TrainProgress<P, M> = { ...record, steps, ...place };
      if ((await options.onRecord?.(progress)) === false) {
        end = "stopped";
        break;
      }
      // Not saved: the last checkpoint before it is worth more.
      if (nonFinite === "stop" && !Number.isFinite(record.loss)) {
        end = "diverged";
        break;
      }
    }
    if (checkpoint !== undefined && step % checkpoint.every === 0 && step < steps) await save();
    if (performance.now() - sliceStart > sliceMs) {
      // Promises alone never let timers, events and finalisers run.
      await new Promise((resolve) => setTimeout(resolve, 0));
      sliceStart = performance.now();
    }
  }
  if (end !== "diverged") await save();
  return { ...place, step, history, end };
}

/** Where the training begins or goes on; copies, because steps take over the memory of what they are given. */
async function beginning<P, B, M>(
  options: TrainOptions<P, B, M>,
  optimizer: GradientTransformation,
): Promise<Checkpoint<P, M>> {
  const { device, resume, modelState = null as M } = options;
  if (resume === undefined) {
    const params = await moved(options.params);
    const state = optimizer.init(params);
    const place = await moved({ params, state, modelState }, device);
    return { ...place, step: 0, history: [], seed: options.seed ?? 0 };
  }
  const saved = treeOf<Partial<Checkpoint<P, M>>>(resume);
  const { step, history, seed = options.seed ?? 0 } = saved ?? {};
  if (saved?.params === undefined || typeof step !== "number" || !Array.isArray(history)) {
    throw new ArgumentError("train: resume is no checkpoint");
  }
  if (options.seed !== undefined && options.seed !== seed) {
    throw new ArgumentError(`train: expected seed ${seed}, as in resume; got ${options.seed}`);
  }
  const refusal = "train: resume holds another training";
  checkSameLayout(saved.params, options.params, {
    refusal,
    name: "params",
    anyFloat: device !== undefined,
  });
  const fresh = optimizer.init(saved.params);
  checkSameLayout(saved.state, fresh, { refusal, name: "the optimizer's state", anyFloat: true });
  if (device === undefined) return { ...(saved as Checkpoint<P, M>), seed };
  // Written on a CPU, it may have scalars in f64.
  const place = await moved(narrowed(saved as Checkpoint<P, M>), device);
  return { ...place, step, history, seed };
}

/** What bytes hold; null when they are no file of `serialize`. */
function treeOf<T>(bytes: Bytes): T | null {
  try {
    return deserialize<T>(bytes);
  } catch {
    return null;
  }
}

/** One step as a function of everything that changes. */
function stepOf<P, B, M>(
  { loss, device, jit: compile = true }: TrainOptions<P, B, M>,
  optimizer: GradientTransformation,
): (carry: Carry<P, M>, batch: B, key: Tensor) => Taken<P, M> {
  const one = ({ place, number }: Carry<P, M>, batch: B, key: Tensor): Taken<P, M> => {
    const { params, state, modelState } = place;
    const context: LossContext<M> = { key: random.foldIn(key, number), modelState };
    const whole = (p: P): LossResult<M> => {
      const result = loss(p, batch, context);
      return checkedResult(isTensor(result) ? { loss: result } : result, modelState !== null);
    };
    const value = (p: P): Tensor => whole(p).loss;
    const [[first, rest], gradients] = valueAndGradWithAux((p: P) => {
      const { loss: l, modelState: next = modelState, metrics = {} } = whole(p);
      return [l, { modelState: next, metrics }];
    })(params as never);
    const extra: Extra = {
      value: first,
      valueFn: value as (p: never) => Tensor,
      gradFn: grad(value as never) as (p: never) => unknown,
      hvp: ((v: never) => hvp(value as never)(params as never, v)) as (v: never) => unknown,
    };
    const result = optimizer.update(gradients as unknown as P, state, params, extra);
    return {
      carry: {
        place: {
          params: applyUpdates(params, result.updates),
          state: result.state,
          modelState: rest.modelState as M,
        },
        number: number.add(1),
      },
      loss: first,
      metrics: rest.metrics,
    };
  };
  return compile || device !== undefined ? jit(one, { donate: [0], device, name: "train" }) : one;
}

async function read<P, M>(step: number, { loss, metrics }: Taken<P, M>): Promise<TrainRecord> {
  const value = async (x: Tensor): Promise<number> => (await x.data())[0] as number;
  const named = Object.entries(metrics).map(async ([name, x]) => [name, await value(x)] as const);
  // Asked for at once, waited for together.
  const [first, ...rest] = await Promise.all([value(loss), ...named]);
  return { step, loss: first, metrics: Object.fromEntries(rest) };
}

import { crc32 } from "node:zlib";
import type { Tensor } from "@x/tensor";
import { flattenNames, readSafetensors, unflattenNames, writeSafetensors } from "@x/tensor/io";
import type { Moments } from "./adam";
import type { DigitData } from "./digits";
import type { EpochResult, Score } from "./history";
import type { Network } from "./network";
import type { TrainingState } from "./state";
import { UserError } from "./user-error";

const format = "digits-checkpoint/1";

/** What determines a run besides the program. */
export interface RunSettings {
  readonly seed: number;
  readonly epochs: number;
  /** See {@link fingerprint}. */
  readonly data: string;
}

/** A short text that differs for different images, labels or splits. */
export function fingerprint({ train, test }: DigitData): string {
  let crc = 0;
  for (const { images, labels } of [train, test]) crc = crc32(labels, crc32(images, crc));
  return `${train.labels.length}+${test.labels.length}:${crc.toString(16).padStart(8, "0")}`;
}

/** A state as a safetensors file: tensors by name, everything else as text in its header. */
export function encodeCheckpoint(state: TrainingState, settings: RunSettings): Uint8Array {
  const { network, moments, step, sums, history } = state;
  const tensors = flattenNames({ network, moments });
  const progress = JSON.stringify({ step, sums, history });
  return writeSafetensors(tensors, {
    metadata: {
      format,
      seed: String(settings.seed),
      epochs: String(settings.epochs),
      data: settings.data,
      progress,
    },
  });
}

/** The seed and the number of epochs of the run that was interrupted. @throws UserError if the bytes are no checkpoint */
export function settingsOf(bytes: Uint8Array): { seed: number; epochs: number } {
  const { metadata } = readChecked(bytes);
  const whole = (name: "seed" | "epochs"): number => {
    const value = Number(metadata[name]);
    if (!Number.isSafeInteger(value) || value < 0) throw broken(`its ${name}`, metadata[name]);
    return value;
  };
  return { seed: whole("seed"), epochs: whole("epochs") };
}

/**
 * The state in a checkpoint.
 *
 * @param like - a state of the same network, for the names and shapes that must be there
 * @throws UserError if the bytes are no checkpoint, or one of another run
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  like: TrainingState,
  settings: RunSettings,
): TrainingState {
  const { tensors, metadata } = readChecked(bytes);
  if (metadata["data"] !== settings.data) {
    throw new UserError(
      "the checkpoint was trained on other digits; leave out --resume to start anew",
    );
  }
  if (metadata["seed"] !== String(settings.seed)) {
    throw new UserError(
      `the checkpoint was made with --seed ${metadata["seed"]}; got --seed ${settings.seed}`,
    );
  }
  const wanted = { network: like.network, moments: like.moments };
  const tree = unflatten(tensors, wanted);
  return { ...tree, ...progressOf(metadata["progress"]) };
}

function readChecked(bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  let file: ReturnType<typeof readSafetensors>;
  try {
    file = readSafetensors(bytes);
  } catch (error) {
    throw new UserError(`the checkpoint cannot be read: ${(error as Error).message}`);
  }
  if (file.metadata["format"] !== format) throw broken("its format", file.metadata["format"]);
  return file;
}

interface Parameters {
  readonly network: Network;
  readonly moments: Moments<Network>;
}

function unflatten(tensors: Readonly<Record<string, Tensor>>, like: Parameters): Parameters {
  const wanted = flattenNames(like);
  for (const [name, { shape, dtype }] of Object.entries(wanted)) {
    const came = tensors[name];
    if (came?.dtype !== dtype || came.shape.join() !== shape.join()) {
      const text = came === undefined ? "nothing" : `${came.dtype} [${came.shape.join(", ")}]`;
      throw broken(`${dtype} [${shape.join(", ")}] as ${name}`, text);
    }
  }
  return unflattenNames(tensors, like);
}

type Progress = Pick<TrainingState, "step" | "sums" | "history">;

function progressOf(text: string | undefined): Progress {
  let value: Partial<Progress> | null;
  try {
    value = JSON.parse(text ?? "null") as Partial<Progress> | null;
  } catch {
    value = null;
  }
  const { step, sums, history } = value ?? {};
  const whole =
    Number.isSafeInteger(step) &&
    (step as number) >= 0 &&
    isNumber(sums?.loss) &&
    isNumber(sums?.hits) &&
    Array.isArray(history) &&
    history.every(isResult);
  if (!whole) throw broken("its progress", text?.slice(0, 40));
  return {
    step: step as number,
    sums: sums as Progress["sums"],
    history: history as EpochResult[],
  };
}

const isNumber = (x: unknown): x is number => typeof x === "number";

const isScore = (x: Partial<Score> | undefined): boolean =>
  isNumber(x?.loss) && isNumber(x?.accuracy);

const isResult = (x: Partial<EpochResult> | null): boolean =>
  isNumber(x?.epoch) && isScore(x?.train) && isScore(x?.test);

const broken = (expected: string, came: string | undefined): UserError =>
  new UserError(`the checkpoint is not one of this program: expected ${expected}; got ${came}`);

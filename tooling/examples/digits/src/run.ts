import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setThreads } from "@x/tensor";
import { flattenNames, writeSafetensors } from "@x/tensor/io";
import type { Arguments } from "./arguments";
import {
  decodeCheckpoint,
  encodeCheckpoint,
  fingerprint,
  type RunSettings,
  settingsOf,
} from "./checkpoint";
import type { DigitData } from "./digits";
import { loadDigits } from "./load-digits";
import { networkText, parameterCount } from "./network";
import { showProgress } from "./progress";
import { prepareFolder, save } from "./save";
import { initialState, keysOf, type TrainingState } from "./state";
import { stopOnSignals } from "./stop-on-signals";
import { evaluateOn, stepsPerEpoch, train } from "./train";
import { UserError } from "./user-error";

const checkpointName = "checkpoint.safetensors";

/**
 * Loads or draws the digits, trains on them and writes what came of it.
 *
 * @returns the exit code: 0, or 128 plus the number of the signal that ended the run early
 * @throws UserError for arguments, files or folders that cannot be used
 */
export async function run(given: Arguments): Promise<number> {
  if (given.threads !== undefined) setThreads(given.threads);
  const saved = given.resume ? readCheckpoint(given.out) : undefined;
  prepareFolder(given.out);
  const before = saved === undefined ? { seed: 0, epochs: 30 } : settingsOf(saved);
  const { seed = before.seed, epochs = before.epochs } = given;
  const keys = keysOf(seed);
  const data = loadDigits(given.folder, keys.drawing);
  const settings = { seed, epochs, data: fingerprint(data) };
  const fresh = initialState(keys);
  const start = saved === undefined ? fresh : decodeCheckpoint(saved, fresh, settings);
  const { train: trained, test } = data;
  console.log(
    `Digits: ${data.origin}; ${trained.labels.length} to train on, ${test.labels.length} to test.`,
  );
  const perEpoch = stepsPerEpoch(trained.labels.length);
  if (start.step > 0) console.log(`Going on after step ${start.step} of ${epochs * perEpoch}.`);

  const stop = stopOnSignals();
  const progress = showProgress(start.step, epochs * perEpoch, perEpoch);
  const began = performance.now();
  const state = await train(start, {
    data,
    keys,
    epochs,
    signal: stop.signal,
    onStep: ({ step, history }) => progress.step(step, history),
    onEpoch: (state) => {
      progress.epoch(state.history.at(-1) as TrainingState["history"][number]);
      save(given.out, checkpointName, encodeCheckpoint(state, settings));
    },
  });
  progress.end();
  const seconds = (performance.now() - began) / 1000;
  await writeResults(state, data, { given, settings, seconds });
  const code = stop.exitCode();
  if (code !== 0) console.log("Stopped early; --resume goes on from here.");
  return code;
}

function readCheckpoint(out: string): Uint8Array {
  const path = join(out, checkpointName);
  if (!existsSync(path)) {
    throw new UserError(
      `${path}: there is no checkpoint to resume; leave out --resume to start anew`,
    );
  }
  return readFileSync(path);
}

interface Results {
  readonly given: Arguments;
  readonly settings: RunSettings;
  readonly seconds: number;
}

async function writeResults(
  state: TrainingState,
  data: DigitData,
  { given, settings, seconds }: Results,
): Promise<void> {
  const evaluation = evaluateOn(state.network, data.test);
  // Only now, because the plotting libraries take long to load.
  const { report } = await import("./report");
  const html = await report({
    origin: data.origin,
    trainCount: data.train.labels.length,
    testImages: data.test.images,
    evaluation,
    history: state.history,
    epochsWanted: settings.epochs,
    network: networkText,
    parameters: parameterCount,
    seed: settings.seed,
    seconds,
  });
  const metadata = {
    network: networkText,
    accuracy: String(evaluation.accuracy),
    epochs: String(state.history.length),
    seed: String(settings.seed),
  };
  const weights = writeSafetensors(flattenNames(state.network), { metadata });
  const paths = [
    save(given.out, checkpointName, encodeCheckpoint(state, settings)),
    save(given.out, "weights.safetensors", weights),
    save(given.out, "report.html", html),
  ];
  const percent = (evaluation.accuracy * 100).toFixed(2);
  console.log(
    `Test accuracy ${percent} % after ${state.history.length} epochs, ${seconds.toFixed(1)} s.`,
  );
  for (const path of paths) console.log(`  ${shortest(path)}`);
}

/** A path as the user would write it from where they are, unless it lies elsewhere. */
function shortest(path: string): string {
  const near = relative(process.env["INIT_CWD"] ?? process.cwd(), path);
  return near.startsWith("..") ? path : near;
}

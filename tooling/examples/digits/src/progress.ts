import { Presets, SingleBar } from "cli-progress";
import type { EpochResult } from "./history";

/** Shows how far a run has come. */
export interface Progress {
  step(done: number, history: readonly EpochResult[]): void;
  epoch(result: EpochResult): void;
  end(): void;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/**
 * A bar on a terminal; elsewhere a line per epoch.
 *
 * @param from - steps done before
 * @param total - steps of the whole run
 * @param perEpoch - steps of an epoch
 */
export function showProgress(from: number, total: number, perEpoch: number): Progress {
  return process.stdout.isTTY ? bar(from, total, perEpoch) : lines(total / perEpoch);
}

function bar(from: number, total: number, perEpoch: number): Progress {
  const format =
    "epoch {epoch}/{epochs} {bar} {percentage} %  test {accuracy}  {eta_formatted} left";
  // The time left is judged by the last few epochs: the steps at an epoch's end take longer.
  const settings = { format, hideCursor: true, fps: 10, etaBuffer: 4 * perEpoch };
  const single = new SingleBar(settings, Presets.shades_classic);
  const fields = (done: number, history: readonly EpochResult[]) => ({
    epoch: Math.min(Math.floor(done / perEpoch) + 1, total / perEpoch),
    epochs: total / perEpoch,
    accuracy: history.length === 0 ? "–" : percent(history.at(-1)?.test.accuracy ?? 0),
  });
  single.start(total, from, fields(from, []));
  return {
    step: (done, history) => single.update(done, fields(done, history)),
    epoch: () => {},
    end: () => single.stop(),
  };
}

const lines = (epochs: number): Progress => ({
  step: () => {},
  epoch: ({ epoch, train, test }) =>
    console.log(
      `epoch ${epoch}/${epochs}: loss ${train.loss.toFixed(4)}, test accuracy ${percent(test.accuracy)}`,
    ),
  end: () => {},
});

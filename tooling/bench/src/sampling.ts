import { setTimeout as pause } from "node:timers/promises";
import type { Subject, Unit } from "./row";

/** When to stop sampling. */
export interface SamplingOptions {
  /** Time to spend on the samples of one row, in seconds; at least five rounds are made all the same. */
  readonly seconds: number;
  /** Exact number of rounds instead. */
  readonly rounds?: number | undefined;
}

/** Figures of both sides, in the row's unit, in the order they were taken. */
export interface Samples {
  readonly ours: number[];
  readonly peer: number[];
}

interface Timer {
  /** One figure in the row's unit. */
  readonly sample: () => Promise<number>;
  readonly warmUp: (milliseconds: number) => Promise<void>;
}

const perMillisecond: Partial<Record<Unit, number>> = { ms: 1, µs: 1000 };
const minimumRounds = 5;
const maximumRounds = 300;
/** Shortest time worth measuring: shorter calls are repeated until they add up to it. */
const sampleMilliseconds = 4;
/** Warm-up of a function, as a share of the time for samples: compilers need about a second. */
const warmUpShare = 1 / 3;
/** The pools of some peers spin for a while after their work; without this pause they would slow down the other side. */
const settleMilliseconds = 15;
/** Untimed calls after the pause: cores that were idle take some milliseconds to get back to speed and to fill their caches. */
const wakeMilliseconds = 25;
/** Calls longer than this need none of them. */
const longCall = 200;

async function timeCalls(call: () => unknown, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const result = call();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / calls;
}

function timer(subject: Subject, unit: Unit): Timer {
  if (typeof subject !== "function") {
    return { sample: async () => subject.sample(), warmUp: async () => {} };
  }
  const scale = perMillisecond[unit];
  if (scale === undefined) throw new TypeError(`bench: a function cannot be timed in ${unit}`);
  let perCall = 0;
  // A call may be shorter than the clock can tell.
  const callsPerSample = (): number => Math.ceil(sampleMilliseconds / Math.max(perCall, 1e-4));
  return {
    async warmUp(milliseconds) {
      const end = performance.now() + milliseconds;
      for (let calls = 0; calls < 2 || performance.now() < end; calls++) {
        perCall = await timeCalls(subject, 1);
      }
      perCall = await timeCalls(subject, callsPerSample());
    },
    async sample() {
      await pause(settleMilliseconds);
      if (perCall < longCall) {
        await timeCalls(subject, Math.ceil(wakeMilliseconds / Math.max(perCall, 1e-4)));
      }
      return (await timeCalls(subject, callsPerSample())) * scale;
    },
  };
}

/** Samples both sides in turns (ours, peer, ours, peer, …), after warming up what is a function. */
export async function takeSamples(
  ours: Subject,
  peer: Subject | undefined,
  unit: Unit,
  { seconds, rounds }: SamplingOptions,
): Promise<Samples> {
  const mine = timer(ours, unit);
  const other = peer === undefined ? undefined : timer(peer, unit);
  const warmUp = seconds * 1000 * warmUpShare;
  await mine.warmUp(warmUp);
  await other?.warmUp(warmUp);
  const samples: Samples = { ours: [], peer: [] };
  const end = performance.now() + seconds * 1000;
  const wanted = (done: number): boolean =>
    rounds === undefined
      ? done < minimumRounds || (done < maximumRounds && performance.now() < end)
      : done < rounds;
  for (let done = 0; wanted(done); done++) {
    samples.ours.push(await mine.sample());
    if (other) samples.peer.push(await other.sample());
  }
  return samples;
}

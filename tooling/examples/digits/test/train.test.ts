import { flattenNames } from "@x/tensor/io";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint, fingerprint, settingsOf } from "../src/checkpoint";
import { type DigitData, sliceDigits } from "../src/digits";
import { drawDigits } from "../src/draw-digits";
import { initialState, keysOf, type TrainingState } from "../src/state";
import { stepsPerEpoch, train } from "../src/train";
import { UserError } from "../src/user-error";
import { uniformOf } from "./uniform-of";

const digits = drawDigits(400, uniformOf(1));
const data: DigitData = {
  train: sliceDigits(digits, 0, 300),
  test: sliceDigits(digits, 300, 400),
  origin: "drawn for a test",
};
const keys = keysOf(3);
const settings = { seed: 3, epochs: 3, data: fingerprint(data) };

/** Trains from a state until `step`, as Ctrl-C would have it. */
function trainUntil(start: TrainingState, step: number): Promise<TrainingState> {
  const controller = new AbortController();
  return train(start, {
    data,
    keys,
    epochs: settings.epochs,
    signal: controller.signal,
    onStep: (state) => {
      if (state.step === step) controller.abort();
    },
  });
}

const bitsOf = (state: TrainingState): Record<string, number[]> => {
  const tensors = flattenNames({ network: state.network, moments: state.moments });
  const bits = Object.entries(tensors).map(([name, x]) => {
    const { buffer, byteOffset, length } = x.dataSync();
    return [name, [...new Uint32Array(buffer, byteOffset, length)]];
  });
  return Object.fromEntries(bits);
};

describe("train", () => {
  it("learns: the loss falls and the test accuracy rises above chance", async () => {
    expect(stepsPerEpoch(300)).toBe(2);
    const { history, step } = await train(initialState(keys), { data, keys, epochs: 20 });
    expect(step).toBe(40);
    expect(history.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    // Guessing costs ln 10.
    expect(history.at(-1)?.train.loss).toBeLessThan((2 / 3) * Math.log(10));
    // Chance is 10 %; five standard errors above it for 100 images are 25 %.
    expect(history.at(-1)?.test.accuracy).toBeGreaterThan(0.25);
  });

  it.each([
    ["within an epoch", 3],
    ["at an epoch's end", 4],
    ["before the first step", 0],
  ])("interrupted %s and taken up from a checkpoint, ends with the same bits", async (_, step) => {
    const whole = await trainUntil(initialState(keys), Number.POSITIVE_INFINITY);
    const broken = step === 0 ? initialState(keys) : await trainUntil(initialState(keys), step);
    expect(broken.step).toBe(step);
    const saved = encodeCheckpoint(broken, settings);
    const resumed = decodeCheckpoint(saved, initialState(keys), settings);
    const ended = await trainUntil(resumed, Number.POSITIVE_INFINITY);
    expect(ended.step).toBe(6);
    expect(ended.history).toEqual(whole.history);
    expect(bitsOf(ended)).toEqual(bitsOf(whole));
  });

  it("another seed ends elsewhere", async () => {
    const one = { ...data, train: sliceDigits(digits, 0, 128) };
    const [a, b] = await Promise.all(
      [3, 4].map((seed) =>
        train(initialState(keysOf(seed)), { data: one, keys: keysOf(seed), epochs: 1 }),
      ),
    );
    expect(bitsOf(a as TrainingState)).not.toEqual(bitsOf(b as TrainingState));
  });
});

describe("a checkpoint", () => {
  const state = initialState(keys);
  const bytes = encodeCheckpoint(state, settings);

  it("remembers the run's seed and epochs", () => {
    expect(settingsOf(bytes)).toEqual({ seed: 3, epochs: 3 });
  });

  it("is refused for other digits or another seed, and says so", () => {
    const decode = (other: Partial<typeof settings>) => () =>
      decodeCheckpoint(bytes, state, { ...settings, ...other });
    const swapped = { ...data, train: data.test, test: data.train };
    expect(decode({ data: fingerprint(swapped) })).toThrow(/trained on other digits/);
    expect(decode({ seed: 4 })).toThrow("made with --seed 3; got --seed 4");
    expect(decode({})).not.toThrow();
  });

  it("is refused if it is damaged, foreign or of another network", () => {
    expect(() => settingsOf(bytes.subarray(0, -1))).toThrow(UserError);
    expect(() => settingsOf(bytes.subarray(0, -1))).toThrow(/cannot be read: readSafetensors/);
    const text = new TextDecoder("latin1").decode(bytes);
    const changed = (from: string, to: string): Uint8Array =>
      Uint8Array.from(text.replace(from, to), (character) => character.charCodeAt(0));
    const foreign = changed("digits-checkpoint/1", "digits-checkpoint/2");
    expect(() => settingsOf(foreign)).toThrow(/expected its format; got digits-checkpoint\/2/);
    const renamed = changed("network.hidden.bias", "network.hidden.bios");
    expect(() => decodeCheckpoint(renamed, state, settings)).toThrow(
      /expected f32 \[256\] as network.hidden.bias; got nothing/,
    );
    const lost = changed('\\"step\\":0', '\\"step\\":x');
    expect(() => decodeCheckpoint(lost, state, settings)).toThrow(/expected its progress/);
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Tensor, tensor } from "@x/tensor";
import { readSafetensors, writeIdx } from "@x/tensor/io";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { drawDigits } from "../src/draw-digits";
import { uniformOf } from "./uniform-of";

const root = resolve(import.meta.dirname, "..");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "digits-cli-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program from its sources; `onOutput` sees everything printed so far. */
function digits(
  argv: string[],
  onOutput?: (text: string, child: ChildProcess) => void,
): Promise<Ended> {
  const env = { ...process.env, INIT_CWD: folder, X_DATA_DIR: "" };
  const child = spawn(
    process.execPath,
    ["--conditions=@x/source", "--import", "tsx", "src/cli.ts", ...argv],
    { cwd: root, env },
  );
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
    onOutput?.(stdout, child);
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return new Promise((done) => {
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/** Puts drawn digits as IDX files into the folder `digits`. */
function putDigits(count: number): void {
  const { images, labels } = drawDigits(count, uniformOf(count));
  mkdirSync(join(folder, "digits"), { recursive: true });
  const put = (name: string, x: Tensor): void =>
    writeFileSync(join(folder, "digits", name), writeIdx(x, { gzip: true }));
  put("t10k-images-idx3-ubyte.gz", tensor(images, { shape: [count, 28, 28] }));
  put("t10k-labels-idx1-ubyte.gz", tensor(labels));
}

/** Checks that the program ended with code 1 and one line on stderr, and returns the line. */
function complaint({ code, stderr }: Ended): string {
  expect(stderr.trimEnd()).not.toContain("\n");
  expect(code).toBe(1);
  return stderr.trimEnd();
}

// Each test starts the program several times; a loaded machine takes ten seconds and more for each.
describe("the program", { timeout: 300_000 }, () => {
  it("--help explains itself", async () => {
    const { code, stdout } = await digits(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("npm start -- [FOLDER] [options]");
  });

  it("answers a bad argument, folder or file with one line and exit code 1", async () => {
    expect(complaint(await digits(["--epochs", "none"]))).toBe(
      'digits: --epochs: expected a whole number from 1 to 100000; got "none"',
    );
    expect(complaint(await digits(["nowhere"]))).toMatch(
      /^digits: .*nowhere: expected a folder of IDX files; ENOENT/,
    );
    writeFileSync(join(folder, "t10k-images-idx3-ubyte"), "\0\0\x09\x03 text");
    writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), "x");
    expect(complaint(await digits([folder]))).toMatch(
      /^digits: .*t10k-images-idx3-ubyte: readIdx: /,
    );
    expect(complaint(await digits(["--resume", "--out", "new"]))).toContain(
      "no checkpoint to resume",
    );
    writeFileSync(join(folder, "occupied"), "");
    expect(complaint(await digits(["--out", "occupied"]))).toMatch(
      /occupied: expected a folder to write to; (EEXIST|ENOTDIR)/,
    );
  });

  it("draws its own digits, trains, and writes weights, a checkpoint and a report", async () => {
    const { code, stdout } = await digits(["--epochs", "2", "--out", "out"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Digits: drawn by this program; 8000 to train on, 2000 to test.");
    expect(stdout).toMatch(/epoch 2\/2: loss [\d.]+, test accuracy [\d.]+ %/);
    const accuracy = Number(stdout.match(/Test accuracy ([\d.]+) %/)?.[1]);
    // Chance is 10 %.
    expect(accuracy).toBeGreaterThan(70);
    const { tensors, metadata } = readSafetensors(
      readFileSync(join(folder, "out/weights.safetensors")),
    );
    expect(Object.keys(tensors).sort()).toEqual([
      "hidden.bias",
      "hidden.weight",
      "output.bias",
      "output.weight",
    ]);
    expect((Number(metadata["accuracy"]) * 100).toFixed(2)).toBe(accuracy.toFixed(2));
    expect(readFileSync(join(folder, "out/report.html"), "utf8")).toContain(
      `${accuracy.toFixed(2)} %`,
    );
  });

  it("saves what there is on Ctrl-C, and --resume ends with the weights of an unbroken run", async () => {
    putDigits(640);
    const interrupt = (): Promise<Ended> => {
      let sent = false;
      return digits(["digits", "--epochs", "40", "--seed", "5", "--out", "cut"], (text, child) => {
        if (sent || !text.includes("epoch 2/40")) return;
        sent = true;
        child.kill("SIGINT");
      });
    };
    let interrupted = await interrupt();
    // A run takes a second; where that passes before this process has its turn, the signal finds nothing to stop.
    for (let again = 0; again < 4 && interrupted.code === 0; again++)
      interrupted = await interrupt();
    expect(interrupted.code).toBe(130);
    const epochs = Number(interrupted.stdout.match(/after (\d+) epochs/)?.[1]);
    expect(epochs).toBeGreaterThanOrEqual(2);
    expect(epochs).toBeLessThan(40);
    expect(readFileSync(join(folder, "cut/report.html"), "utf8")).toContain(
      `Stopped after ${epochs} of 40`,
    );

    const resumed = await digits(["digits", "--resume", "--out", "cut"]);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toMatch(/Going on after step \d+ of 160/);
    await digits(["digits", "--epochs", "40", "--seed", "5", "--out", "whole", "--threads", "1"]);
    for (const name of ["weights.safetensors", "checkpoint.safetensors"]) {
      const [cut, whole] = ["cut", "whole"].map((out) => readFileSync(join(folder, out, name)));
      expect(cut?.equals(whole as Buffer)).toBe(true);
    }
  });

  it("--resume refuses digits other than those of the checkpoint", async () => {
    putDigits(640);
    expect((await digits(["digits", "--epochs", "1", "--out", "out"])).code).toBe(0);
    putDigits(650);
    expect(complaint(await digits(["digits", "--resume", "--out", "out"]))).toContain(
      "trained on other digits",
    );
  });
});

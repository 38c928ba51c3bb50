import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as entry from "../../src/gpu";
import { lower, type Tensor, zeros } from "../../src/index";
import { onEachDevice } from "./devices";
import { exceptions } from "./where-it-runs";
import { withoutKernels } from "./without-kernels";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const section = readme.split("\n## GPU\n")[1]?.split("\n## ")[0] as string;

it("the README names the operations that have no kernel, and no others", () => {
  const row = section.split("\n").find((line) => line.includes("| on the CPU |")) ?? "";
  const names = [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(names.toSorted()).toEqual([...withoutKernels].toSorted());
});

it("the README names every sampler that a device refuses or leaves to the CPU", () => {
  const names = exceptions.flatMap(({ operations }) =>
    [...operations.matchAll(/random\.(\w+)/g)].map(([, name]) => name as string),
  );
  expect(names.length).toBeGreaterThan(5);
  const rows = section.split("\n").filter((line) => line.startsWith("| with a key of the device"));
  const places = [...rows, ...section.split("\n").filter((line) => line.includes("permutation"))];
  for (const name of names) expect(places.join(), name).toContain(name);
});

it("the README names every function of the entry", () => {
  for (const name of Object.keys(entry)) expect(section).toContain(`\`${name}(`);
});

onEachDevice("the README", (device) => {
  it.runIf(device?.info.backend === "webgpu")("shows the plan that a device gives", () => {
    const shown = section.split("\n```text\n")[1]?.split("\n```\n")[0]?.split("\n") ?? [];
    const plan = lower((x: Tensor) => x.exp().mul(2).add(1), { device })(zeros([1000])).split("\n");
    expect(shown.length).toBeGreaterThan(3);
    expect(plan.slice(1)).toEqual(shown.slice(1));
    // The first line ends with the machine's own adapter.
    const [before] = (shown[0] as string).split("…");
    expect(plan[0]?.slice(0, before?.length)).toBe(before);
  });
});

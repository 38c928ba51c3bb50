import { expect, it } from "vitest";
import { BufferPool } from "../../src/gpu/backend/buffer-pool";
import type { WebGpuBuffer } from "../../src/gpu/backend/gpu-js";
import type { GpuDevice } from "../../src/gpu/device";
import { Plan } from "../../src/gpu/plan";
import { issuePlan } from "../../src/gpu/run-plan";
import type { Launch } from "../../src/gpu/source/kernel-builder";

interface Memory {
  readonly name: string;
}

/** A device whose kernels only make memory, one of them not; some have to be compiled first. */
function pretend(failing: string): { device: GpuDevice; freed: string[] } {
  const freed: string[] = [];
  const device = {
    counters: { kernels: 0 },
    kernel: ({ body }: { body: string }) => {
      const built = {
        run: (): Memory => {
          if (body === failing) throw new Error("no memory");
          return { name: body };
        },
      };
      return body === "b" ? Promise.resolve(built) : built;
    },
    freeHandle: ({ name }: Memory) => freed.push(name),
  };
  return { device: device as unknown as GpuDevice, freed };
}

const kernel = (body: string, inputs: readonly number[], output: number): Launch =>
  ({ kernel: { body, output: [1] }, inputs, output }) as unknown as Launch;

/** x → a → b → c, of which c is the result. */
function chain(): Plan {
  const plan = new Plan();
  const [x, a, b, c] = ["x", "a", "b", "c"].map(() => plan.slot("f32", 1)) as [
    number,
    number,
    number,
    number,
  ];
  plan.given.add(x);
  plan.results.add(c);
  plan.steps.push(
    { on: "gpu", launches: [kernel("a", [x], a)] },
    { on: "gpu", launches: [kernel("b", [a], b), kernel("c", [b, a], c)] },
  );
  return plan;
}

it("intermediates are freed after their last use, operands and results are not", async () => {
  const { device, freed } = pretend("nothing");
  const handles = [{ name: "x" }, undefined, undefined, undefined];
  await issuePlan(device, chain(), handles, () => undefined);
  expect(freed.sort()).toEqual(["a", "b"]);
  expect(handles).toEqual([{ name: "x" }, undefined, undefined, { name: "c" }]);
});

it("a plan that fails frees what it made, and nothing else", async () => {
  for (const [failing, made] of [
    ["a", []],
    ["b", ["a"]],
    ["c", ["a", "b"]],
  ] as const) {
    const { device, freed } = pretend(failing);
    const handles = [{ name: "x" }, undefined, undefined, undefined];
    await expect(
      (async () => issuePlan(device, chain(), handles, () => undefined))(),
    ).rejects.toThrow("no memory");
    expect(freed.sort()).toEqual(made);
    expect(handles[0]).toEqual({ name: "x" });
  }
});

it("a pool hands buffers out again, until it is closed", () => {
  const destroyed: number[] = [];
  let made = 0;
  const create = (size: number): WebGpuBuffer => {
    const id = made++;
    return { size, destroy: () => destroyed.push(id) } as unknown as WebGpuBuffer;
  };
  const pool = new BufferPool(create, 1 << 20);
  const first = pool.take(1000);
  pool.give(first);
  expect(pool.take(1000)).toBe(first);
  const second = pool.take(1000);
  pool.give(first);
  pool.close();
  expect(destroyed).toEqual([0]);
  pool.give(second);
  expect(destroyed).toEqual([0, 1]);
});

import { describe, expect, it } from "vitest";
import * as x from "../src/index";

describe("printing", () => {
  const print = (t: x.Tensor): string => String(t);

  it("begins with dtype and shape; a scalar follows on the same line", () => {
    expect(print(x.tensor(1.5))).toBe("Tensor f32[] 1.5");
    expect(print(x.tensor(true))).toBe("Tensor bool[] true");
  });

  it("aligns columns", () => {
    expect(
      print(
        x.tensor(
          [
            [1, -20],
            [300, 4],
          ],
          { dtype: "i32" },
        ),
      ),
    ).toBe("Tensor i32[2, 2]\n[[  1, -20],\n [300,   4]]");
    expect(print(x.tensor([true, false]))).toBe("Tensor bool[2]\n[ true, false]");
  });

  it("shows five significant digits of floats, and integers in full", () => {
    expect(print(x.tensor([1 / 3, 123456.789, 2 / 3]))).toBe(
      "Tensor f32[3]\n[0.33333,  123457, 0.66667]",
    );
    expect(print(x.tensor([1e-9, 1.5e12]))).toBe("Tensor f32[2]\n[ 1.000e-9, 1.500e+12]");
    expect(print(x.tensor([123456789, 2 ** 31 - 1], { dtype: "i32" }))).toBe(
      "Tensor i32[2]\n[ 123456789, 2147483647]",
    );
    expect(print(x.tensor([2 ** 32 - 1], { dtype: "u32" }))).toBe("Tensor u32[1]\n[4294967295]");
  });

  it("shows NaN, infinities and the sign of zero", () => {
    expect(print(x.tensor([NaN, Infinity, -Infinity, -0, 0]))).toBe(
      "Tensor f32[5]\n[NaN,   ∞,  -∞,  -0,   0]",
    );
  });

  it("separates the blocks of higher axes", () => {
    expect(print(x.zeros([2, 1, 2], { dtype: "u8" }))).toBe(
      "Tensor u8[2, 1, 2]\n[[[0, 0]],\n\n [[0, 0]]]",
    );
  });

  it("shortens long axes to their ends", () => {
    expect(print(x.arange(13))).toBe("Tensor f32[13]\n[ 0,  1,  2,  3, …,  9, 10, 11, 12]");
    expect(print(x.arange(12))).toBe(
      "Tensor f32[12]\n[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11]",
    );
    const rows = print(x.zeros([40, 2])).split("\n");
    expect(rows).toHaveLength(1 + 4 + 1 + 4);
    expect(rows[5]).toBe(" …,");
  });

  it("shows empty axes", () => {
    expect(print(x.zeros([0]))).toBe("Tensor f32[0]\n[]");
    expect(print(x.zeros([2, 0]))).toBe("Tensor f32[2, 0]\n[[],\n []]");
    expect(print(x.zeros([0, 2]))).toBe("Tensor f32[0, 2]\n[]");
  });

  it("reads any layout in C order", () => {
    expect(print(x.arange(4).reshape([2, 2]).T)).toBe("Tensor f32[2, 2]\n[[0, 2],\n [1, 3]]");
  });

  it("says of a traced value only what is known", () => {
    let text = "";
    x.jit((t: x.Tensor) => {
      text = print(t);
      return t;
    })(x.zeros([2, 3]));
    expect(text).toBe("Tensor f32[2, 3] (traced)");
  });

  it("shows the values that there are inside of grad and jvp", () => {
    let text = "";
    const f = (t: x.Tensor): x.Tensor => {
      text = print(t.mul(2));
      return t.square().sum();
    };
    x.grad(f)(x.tensor([1, 2]));
    expect(text).toBe("Tensor f32[2]\n[2, 4]");
    x.jvp(f, [x.tensor([1, 2])], [x.tensor([3, 4])]);
    expect(text).toBe("Tensor f32[2]\n[2, 4]");
    x.jit(x.grad(f))(x.tensor([1, 2]));
    expect(text).toBe("Tensor f32[2] (traced)");
  });

  it("names the function that a tensor was donated to", () => {
    const step = x.jit((t: x.Tensor) => t.add(1), { donate: [0], name: "step" });
    const t = x.tensor([1, 2]);
    step(t);
    expect(print(t)).toBe("Tensor f32[2] (donated to step)");
  });

  it("says how a scalar argument of jit stays a number", () => {
    let text = "";
    x.jit((t: x.Tensor | number) => {
      text = print(t as x.Tensor);
      return t;
    })(1);
    expect(text).toBe(
      "Tensor f32[] (traced; a number argument of jit stays one if named in static)",
    );
  });

  it("is what a console shows", () => {
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    const t = x.tensor([1]);
    expect((t as unknown as Record<symbol, () => string>)[inspect]?.call(t)).toBe(print(t));
  });
});

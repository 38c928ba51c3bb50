import { type Tensor, tensor } from "@x/tensor";
import {
  readIdx,
  readNpy,
  readNpz,
  readSafetensors,
  writeNpy,
  writeSafetensors,
} from "@x/tensor/io";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { leaves } from "@x/tensor/tree";
import { expectTypeOf, test } from "vitest";

const x = tensor([1, 2]);
const bytes = new Uint8Array(8);

test("readers take bytes and give tensors", () => {
  expectTypeOf(readNpy(bytes)).toEqualTypeOf<Tensor>();
  expectTypeOf(readNpy(bytes.buffer, { int64: "f64" })).toEqualTypeOf<Tensor>();
  expectTypeOf(readIdx(bytes)).toEqualTypeOf<Tensor>();
  expectTypeOf(readNpz(bytes)).toEqualTypeOf<Record<string, Tensor>>();
  expectTypeOf(readSafetensors(bytes).tensors).toExtend<Readonly<Record<string, Tensor>>>();
  // @ts-expect-error a path is not the file
  readNpy("x.npy");
  // @ts-expect-error a promise of bytes has to be awaited
  readNpy(Promise.resolve(bytes));
  // @ts-expect-error another word
  readNpy(bytes, { int64: "i32" });
  // @ts-expect-error unknown option
  readIdx(bytes, { gzip: true });
});

test("writers take tensors and give bytes", () => {
  expectTypeOf(writeNpy(x)).toExtend<Uint8Array>();
  expectTypeOf(writeSafetensors({ x }, { metadata: { epoch: "3" } })).toExtend<Uint8Array>();
  // @ts-expect-error one array has no name
  writeSafetensors(x);
  // @ts-expect-error metadata is text
  writeSafetensors({ x }, { metadata: { epoch: 3 } });
  // @ts-expect-error arrays have to become tensors first
  writeNpy([1, 2]);
});

test("assertions return nothing and name their options", () => {
  expectTypeOf(assertClose(x, [1, 2], { relative: 1e-6, absolute: 0 })).toEqualTypeOf<void>();
  expectTypeOf(checkGradients((y: Tensor) => y.exp(), [x], { order: 2 })).toEqualTypeOf<void>();
  // @ts-expect-error NumPy's name
  assertClose(x, x, { atol: 1 });
  // @ts-expect-error arguments go in as a list
  checkGradients((y: Tensor) => y.exp(), x);
  // @ts-expect-error there is no third order
  checkGradients((y: Tensor) => y.exp(), [x], { order: 3 });
});

test("the entry for trees is the namespace of the main one", () => {
  expectTypeOf(leaves([x, null])).toEqualTypeOf<Tensor[]>();
});

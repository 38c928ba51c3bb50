import { ArgumentError, random } from "@x/tensor";
import { describe, expect, test } from "vitest";
import * as nn from "../src/index";

// Layers are in the contract; these are called otherwise.
const calls: Readonly<Record<string, (x: never) => unknown>> = {
  attention: (x) => nn.attention(x, x, x),
  rope: (x) => nn.rope(x),
  timeEmbedding: (x) => nn.timeEmbedding(x, 4),
  resize: (x) => nn.resize(x, 4),
  gru: (x) => nn.gru(2, 2).apply(nn.gru(2, 2).init(random.key(0)), x),
  lstm: (x) => nn.lstm(2, 2).apply(nn.lstm(2, 2).init(random.key(0)), x),
  dropout: (x) => nn.dropout(0.5).apply({}, x),
};

describe.each(Object.entries(calls))("%s", (name, call) => {
  test("refuses what is no tensor, by its name", () => {
    for (const x of [[[1, 2]], new Float32Array(2), 3, undefined]) {
      const came = typeof x === "object" ? "an array" : String(x);
      expect(() => call(x as never)).toThrow(ArgumentError);
      expect(() => call(x as never)).toThrow(
        `${name}: expected a tensor; got ${came}; wrap it in tensor()`,
      );
    }
  });
});

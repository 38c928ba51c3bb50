import { describe, expect, it } from "vitest";
import { winsOverShortestPaths } from "./swiss-roll";

describe("heat distances of 600 points", () => {
  it.each([0.5, 1])("beat shortest paths in 4 of 5 rolls under noise of %s", (std) => {
    expect(winsOverShortestPaths(600, std)).toBeGreaterThanOrEqual(4);
  });
});

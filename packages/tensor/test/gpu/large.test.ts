import { expect, it } from "vitest";
import * as t from "../../src/index";
import { isWebGl1, onEachDevice } from "./devices";

/** Above it a float does not hold every whole number: an index that went through one would miss its element. */
const exact = 2 ** 24;

onEachDevice("large tensors", (device) => {
  it("elements beyond 2^24 are found, or the tensor is refused", async () => {
    // Odd lengths, so that no index is a product of powers of two.
    const [rows, columns] = [4099, 4127];
    const size = rows * columns;
    expect(size).toBeGreaterThan(exact);
    const data = Uint8Array.from({ length: size }, (_, i) => i % 251);
    const x = t.tensor(data, { shape: [rows, columns], dtype: "u8" }).to(device);
    if (isWebGl1(device)) {
      await expect(x.data()).rejects.toThrow("expected tensors of at most 67108864 bytes");
      return;
    }
    const value = (r: number, c: number): number => (r * columns + c) % 251;
    const corner = x.at(t.range(rows - 2, rows), t.range(columns - 3, columns));
    expect(Array.from(await corner.add(0).data())).toEqual(
      [rows - 2, rows - 1].flatMap((r) =>
        [columns - 3, columns - 2, columns - 1].map((c) => value(r, c)),
      ),
    );
    // The copy divides an index of its own for every element.
    const turned = x.T.reshape([size]);
    const places = [0, 1, rows, exact - 1, exact, exact + 1, exact + 12345, size - 2, size - 1];
    for (const i of places) {
      const [found] = await turned
        .at(t.range(i, i + 1))
        .add(0)
        .data();
      expect(found, `element ${i}`).toBe(value(i % rows, Math.floor(i / rows)));
    }
  });
});

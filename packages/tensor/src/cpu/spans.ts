/** Free stretches of an address space, sorted by address and never adjacent. */
export interface Spans {
  /** Cuts `bytes` from the smallest stretch that holds them; −1 if none does. */
  take(bytes: number): number;
  /** Returns many stretches at once, joining neighbours. */
  give(blocks: readonly (readonly [address: number, bytes: number])[]): void;
  /** Bytes of the stretch that ends at `address`. */
  endingAt(address: number): number;
}

/** An empty set of free stretches. */
export function createSpans(): Spans {
  let starts: number[] = [];
  let sizes: number[] = [];
  return {
    take(bytes) {
      let best = -1;
      for (let i = 0; i < sizes.length; i++) {
        const size = sizes[i] as number;
        if (size >= bytes && (best < 0 || size < (sizes[best] as number))) best = i;
      }
      if (best < 0) return -1;
      const address = starts[best] as number;
      const rest = (sizes[best] as number) - bytes;
      if (rest === 0) {
        starts.splice(best, 1);
        sizes.splice(best, 1);
      } else {
        starts[best] = address + bytes;
        sizes[best] = rest;
      }
      return address;
    },
    give(blocks) {
      const all = starts.map((start, i): readonly [number, number] => [start, sizes[i] as number]);
      all.push(...blocks);
      all.sort((a, b) => a[0] - b[0]);
      starts = [];
      sizes = [];
      for (const [start, size] of all) {
        const last = starts.length - 1;
        if (last >= 0 && (starts[last] as number) + (sizes[last] as number) === start)
          sizes[last] = (sizes[last] as number) + size;
        else {
          starts.push(start);
          sizes.push(size);
        }
      }
    },
    endingAt(address) {
      const last = starts.length - 1;
      const size = sizes[last] ?? 0;
      return (starts[last] ?? 0) + size === address ? size : 0;
    },
  };
}

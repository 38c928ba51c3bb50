/** True on the rare machines whose typed arrays hold the high byte first. */
export const hostIsBigEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/** Reverses the bytes of each element in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; width > 1 && start < bytes.length; start += width) {
    for (let i = start, j = start + width - 1; i < j; i++, j--) {
      const byte = bytes[i] as number;
      bytes[i] = bytes[j] as number;
      bytes[j] = byte;
    }
  }
}

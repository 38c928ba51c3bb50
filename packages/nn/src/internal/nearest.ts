/** Least number of characters to insert, delete or replace. @see Wagner & Fischer 1974 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** The most similar of some names, unless it differs in more than half of the characters. */
export function nearest(name: string, among: readonly string[]): string | undefined {
  let [best, least]: [string | undefined, number] = [undefined, name.length / 2];
  for (const other of among) {
    if (Math.abs(other.length - name.length) > least) continue;
    const distance = editDistance(name, other);
    if (distance <= least) [best, least] = [other, distance];
  }
  return best;
}

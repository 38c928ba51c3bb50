import { element } from "example-page/element";
import { type BackendName, titles } from "./backends";

/** What is kept of a run when it has ended. */
export interface Summary {
  readonly backend: BackendName;
  readonly adapter: string;
  readonly losses: readonly number[];
  readonly accuracy: number;
  /** Median time of a step. */
  readonly milliseconds: number;
}

/** Adds a run to the table. */
export function addRun({ backend, adapter, losses, accuracy, milliseconds }: Summary): void {
  const table = element("runs", HTMLTableSectionElement);
  table.querySelector(".empty")?.remove();
  const row = table.insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = titles[backend];
  row.append(head);
  const cells = [
    adapter,
    String(losses.length),
    (losses[0] as number).toPrecision(5),
    (losses.at(-1) as number).toPrecision(5),
    `${(100 * accuracy).toFixed(1)} %`,
    milliseconds.toPrecision(3),
  ];
  for (const text of cells) row.insertCell().textContent = text;
  (row.cells[1] as HTMLElement).title = adapter;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

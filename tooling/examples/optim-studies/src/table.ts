import Table from "cli-table3";
import { escapeHtml } from "example-digits/html";
import type { StudyTable } from "./study";

const cellText = (cell: string | number): string =>
  typeof cell === "string" ? cell : figure(cell);

/** A figure with three digits that count; whole numbers in full. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (Number.isInteger(value)) return String(value);
  const digits = value.toPrecision(3);
  return digits.includes("e") ? digits : String(Number(digits));
}

/** Whether a column holds figures, which are set flush right. */
const numeric = ({ rows }: StudyTable, column: number): boolean =>
  rows.some((row) => typeof row[column] === "number");

/** Rows for a terminal: without colours, so that they can be pasted. */
export function tableText(table: StudyTable): string {
  const printed = new Table({
    head: [...table.head],
    colAligns: table.head.map((_, column) => (numeric(table, column) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of table.rows) printed.push(row.map(cellText));
  return [table.caption, printed.toString()].filter(Boolean).join("\n");
}

/** The same rows for a page. */
export function tableHtml(table: StudyTable): string {
  const cell = (tag: "th" | "td", text: string, column: number): string =>
    `<${tag}${numeric(table, column) ? ' class="figure"' : ""}>${escapeHtml(text)}</${tag}>`;
  const head = table.head.map((text, column) => cell("th", text, column)).join("");
  const rows = table.rows.map(
    (row) => `<tr>${row.map((value, i) => cell("td", cellText(value), i)).join("")}</tr>`,
  );
  const caption = table.caption ? `<caption>${escapeHtml(table.caption)}</caption>` : "";
  return `<table>${caption}<thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

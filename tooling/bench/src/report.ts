import { createRequire } from "node:module";
import { availableParallelism, cpus } from "node:os";
import Table from "cli-table3";
import type { Result } from "./result";
import type { Unit } from "./row";

const require = createRequire(import.meta.url);

/** A figure with three significant digits and its unit. */
export function formatFigure(value: number | null, unit: Unit): string {
  if (value === null) return "–";
  return `${Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
}

const metText = { true: "yes", false: "NO", null: "–" } as const;

/** The rows as a table for a terminal of any width: no colours, so that it can be pasted. */
export function formatTable(results: readonly Result[]): string {
  const table = new Table({
    head: ["row", "ours", "peer", "against", "ratio", "target", "met"],
    colAligns: ["left", "right", "right", "left", "right", "left", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, unit, ours, peer, peerName, ratio, target, met } of results) {
    table.push([
      name,
      ours === null ? "failed" : formatFigure(ours, unit),
      formatFigure(peer, unit),
      peerName ?? "",
      ratio === null ? "–" : `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}×`,
      target ?? "–",
      metText[`${met}`],
    ]);
  }
  return table.toString();
}

/** The machine and the versions that the figures belong to, and how to read the ratio. */
export function formatHeader(): string {
  const { devDependencies } = require("../package.json") as {
    devDependencies: Record<string, string>;
  };
  const peers = Object.entries(devDependencies)
    .filter(([name]) => !name.startsWith("@x/") && name !== "tsx" && name !== "cli-table3")
    .map(([name, version]) => `${name} ${version}`);
  return [
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} processors, Node ${process.version}`,
    peers.join(", "),
    "medians; ratio = ours / peer: 0.50× takes half of the peer's time (or room)",
  ].join("\n");
}

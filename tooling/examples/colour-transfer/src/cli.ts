import { relative, resolve } from "node:path";
import Table from "cli-table3";
import { prepareFolder, save } from "example-digits/save";
import { UserError } from "example-digits/user-error";
import { readArguments, usage } from "./arguments";
import { contactSheet } from "./contact-sheet";
import { findPictures } from "./find-pictures";
import { colourDistance, type Recoloured, recolour } from "./recolour";
import { encodePicture } from "./write-picture";

function main(): void {
  const given = readArguments(process.argv.slice(2), process.env, {
    data: resolve(import.meta.dirname, "../../../../../shared/data"),
    out: resolve(import.meta.dirname, "../out"),
  });
  if (given.help) {
    console.log(usage);
    return;
  }
  prepareFolder(given.out);
  const pair = findPictures(given);
  console.log(`Pictures: ${pair.origin}.`);
  const results = given.methods.map((method) => recolour(pair, method, given));
  console.log(tableOf(colourDistance(pair.source, pair.target), results));
  const files = results.map(({ method, picture }) =>
    save(given.out, `${method}.png`, encodePicture(picture)),
  );
  const sheet = contactSheet([
    ["source", pair.source],
    ["target", pair.target],
    ...results.map(({ method, picture }) => [method, picture] as const),
  ]);
  files.push(save(given.out, "sheet.png", encodePicture(sheet)));
  const from = process.env["INIT_CWD"] ?? process.cwd();
  for (const file of files) console.log(`  ${relative(from, file)}`);
}

/** Times and distances, without colours so that they can be pasted. */
function tableOf(before: number, results: readonly Recoloured[]): string {
  const table = new Table({
    head: ["method", "seconds", "distance before", "distance after"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { method, seconds, distance } of results)
    table.push([method, seconds.toFixed(2), before.toFixed(4), distance.toFixed(4)]);
  return table.toString();
}

try {
  main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`colour-transfer: ${error.message.replaceAll(/\s+/g, " ")}`);
  process.exitCode = 1;
}

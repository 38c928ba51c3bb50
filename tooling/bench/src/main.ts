// Side-by-side benchmarks of one package: see README.md.
import { writeFileSync } from "node:fs";
import { parseArguments, usage } from "./arguments";
import { findRows } from "./find-rows";
import { formatFigure, formatHeader, formatTable } from "./report";
import { type Result, resultOf } from "./result";
import { runRow } from "./run-row";

const defaultTimeLimit = 180;

function readArguments(): ReturnType<typeof parseArguments> {
  try {
    return parseArguments(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

const options = readArguments();
const found = await findRows(options.packageName, options.filter).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
});

const results: Result[] = [];
let failures = 0;
for (const [position, { file, index, row }] of found.entries()) {
  process.stderr.write(`[${position + 1}/${found.length}] ${row.name}: `);
  const order = { file, index, seconds: options.seconds };
  const reply = await runRow(order, row.timeLimit ?? defaultTimeLimit);
  if ("error" in reply) {
    failures++;
    process.stderr.write(`failed: ${reply.error}\n`);
    results.push(resultOf(row, null));
    continue;
  }
  const result = resultOf(row, reply.medians);
  results.push(result);
  const left = reply.missing && `${row.peerName} left out: this machine has no ${reply.missing}`;
  const peer = row.peerName && `${row.peerName} ${formatFigure(result.peer, row.unit)}`;
  process.stderr.write(
    `${[formatFigure(result.ours, row.unit), left || peer].filter(Boolean).join(", ")}\n`,
  );
}

const missed = results.filter(({ met }) => met === false).length;
console.log(`${formatHeader()}\n${formatTable(results)}`);
console.log(`${results.length} rows: ${missed} targets missed, ${failures} failed`);
if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
process.exitCode = failures > 0 || (options.strict && missed > 0) ? 1 : 0;

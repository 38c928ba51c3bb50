import { relative, resolve } from "node:path";
import { random } from "@x/tensor";
import type { DigitData } from "example-digits/digits";
import { loadDigits } from "example-digits/load-digits";
import { prepareFolder, save } from "example-digits/save";
import { UserError } from "example-digits/user-error";
import type { Study } from "example-optim-studies/study";
import { tableText } from "example-optim-studies/table";
import { type Arguments, readArguments, usage } from "./arguments";
import { studies } from "./studies";

const names = Object.keys(studies);
const seed = 0;

async function runStudy(name: string, { data, out, quick }: Arguments): Promise<void> {
  const study = await (studies[name] as () => Promise<Study>)();
  console.log(`\n${study.title}`);
  let used = "";
  const digits = (): DigitData => {
    const loaded = loadDigits(data, random.key(seed));
    used = ` Digits: ${loaded.origin}.`;
    return loaded;
  };
  const began = performance.now();
  const say = (line: string): void => console.log(`  ${line}`);
  const result = await study.run({ digits, seed, quick, say });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const small = quick ? " Run with --quick: the figures mean little." : "";
  const note = `${seconds} s, Node ${process.version}.${used}${small}`;
  for (const table of result.tables) console.log(tableText(table));
  for (const finding of result.findings) console.log(finding);
  // Only now, because the plotting libraries take long to load.
  const { page } = await import("example-optim-studies/page");
  const path = save(out, `${name}.html`, await page(study, result, { note }));
  console.log(`${note}\n  ${relative(process.env["INIT_CWD"] ?? process.cwd(), path)}`);
}

async function main(): Promise<void> {
  const defaultOut = resolve(import.meta.dirname, "../out");
  const given = readArguments(process.argv.slice(2), names, defaultOut, process.env);
  if (given.help) return console.log(usage(names));
  prepareFolder(given.out);
  for (const name of given.studies) await runStudy(name, given);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`ot-studies: ${error.message.replaceAll(/\s+/g, " ")}`);
  process.exitCode = 1;
}

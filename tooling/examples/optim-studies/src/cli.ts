import { relative, resolve } from "node:path";
import { random } from "@x/tensor";
import type { DigitData } from "example-digits/digits";
import { loadDigits } from "example-digits/load-digits";
import { prepareFolder, save } from "example-digits/save";
import { UserError } from "example-digits/user-error";
import { type Arguments, readArguments, usage } from "./arguments";
import { studies } from "./studies";
import type { Study } from "./study";
import { tableText } from "./table";

const names = Object.keys(studies);

/** Digits that are loaded when a study first asks for them, and then told about. */
function lazyDigits({ data, seed }: Arguments): () => DigitData {
  let digits: DigitData | undefined;
  return () => {
    if (digits === undefined) {
      digits = loadDigits(data, random.key(seed));
      console.log(`Digits: ${digits.origin}.`);
    }
    return digits;
  };
}

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2), {
    environment: process.env,
    names,
    defaultOut: resolve(import.meta.dirname, "../out"),
  });
  if (given.help) return console.log(usage(names));
  prepareFolder(given.out);
  const digits = lazyDigits(given);
  for (const name of given.studies) await runStudy(name, given, digits);
}

async function runStudy(name: string, given: Arguments, digits: () => DigitData): Promise<void> {
  const study = await (studies[name] as () => Promise<Study>)();
  console.log(`\n${study.title}`);
  let used = "";
  const began = performance.now();
  const result = await study.run({
    digits: () => {
      const data = digits();
      used = ` Digits: ${data.origin}.`;
      return data;
    },
    seed: given.seed,
    quick: given.quick,
    say: (line) => console.log(`  ${line}`),
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const quick = given.quick ? " Run with --quick: the figures mean little." : "";
  const note = `Seed ${given.seed}, ${seconds} s, Node ${process.version}.${used}${quick}`;
  for (const table of result.tables) console.log(tableText(table));
  for (const finding of result.findings) console.log(finding);
  // Only now, because the plotting libraries take long to load.
  const { page } = await import("./page");
  const path = save(given.out, `${name}.html`, await page(study, result, { note }));
  console.log(`${note}\n  ${relative(process.env["INIT_CWD"] ?? process.cwd(), path)}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`optim-studies: ${error.message.replaceAll(/\s+/g, " ")}`);
  process.exitCode = 1;
}

import { resolve } from "node:path";
import { readArguments, usage } from "./arguments";
import { run } from "./run";
import { UserError } from "./user-error";

const defaultOut = resolve(import.meta.dirname, "../out");

/** Runs the program and returns its exit code. */
async function main(): Promise<number> {
  try {
    const given = readArguments(process.argv.slice(2), process.env, defaultOut);
    if (given.help) {
      console.log(usage);
      return 0;
    }
    return await run(given);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // One line, whatever a file's name or contents brought into the message.
    console.error(`digits: ${error.message.replaceAll(/\s+/g, " ")}`);
    return 1;
  }
}

process.exitCode = await main();

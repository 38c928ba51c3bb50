import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * What users download, measured by the same tool and settings as the repository's size budgets.
 *
 * @returns brotli bytes by the budget's name
 */
export async function downloadSizes(): Promise<Record<string, number>> {
  const args = [
    "node_modules/size-limit/bin.js",
    "--config",
    "tooling/config/size-limit.mjs",
    "--json",
  ];
  // Its exit code says whether a budget is broken; the row judges that itself.
  const { stdout } = await run(process.execPath, args, { cwd: root }).catch(
    (error: { stdout: string }) => error,
  );
  const budgets = JSON.parse(stdout) as { name: string; size: number }[];
  return Object.fromEntries(budgets.map(({ name, size }) => [name, size]));
}

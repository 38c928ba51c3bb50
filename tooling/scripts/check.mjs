// Every check of the repository, one after the other; all run, so that one round shows all that is wrong.
// Needs the installed node_modules/.bin on PATH: `npm test` and `pnpm check:all` see to that.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
/** Machine-readable totals of the tests, for whoever called us. */
const results = "test-results.json";

const checks = [
  ["lint and format", "biome check --error-on-warnings ."],
  ["build and types", "turbo run build typecheck --output-logs=errors-only"],
  ["tests", `vitest run --reporter=default --reporter=json --outputFile.json=${results}`],
  ["unused code", "pnpm run --silent check:unused"],
  ["size budgets", "pnpm run --silent check:size", "build and types"],
  ["packed packages", "pnpm run --silent check:packed", "build and types"],
  ["changesets", "pnpm run --silent check:changes"],
  ["release rehearsal", "pnpm run --silent check:release"],
];

rmSync(resolve(root, results), { force: true });
const outcome = new Map();
for (const [name, command, needs] of checks) {
  if (needs !== undefined && outcome.get(needs)?.ok !== true) {
    outcome.set(name, { ok: false, note: `not run: needs "${needs}"` });
    continue;
  }
  console.log(`\n── ${name}`);
  const from = Date.now();
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: "inherit" });
  const note = `${((Date.now() - from) / 1000).toFixed(1)} s`;
  outcome.set(name, { ok: status === 0, note });
}

console.log("\n── summary");
for (const [name, { ok, note }] of outcome) {
  console.log(`${ok ? "passed" : "FAILED"}  ${name} (${note})`);
}
process.exit([...outcome.values()].every(({ ok }) => ok) ? 0 : 1);

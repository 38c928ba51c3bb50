// Fails when a published package changed and no changeset tells its users.
// On a branch the changes since it left main count, and so do only the changesets that it brings. On main, or
// where no main is known, it is the changes since the last release (`changeset version` writes the changelogs
// and uses up the changesets), with every pending changeset. An empty changeset (`changeset --empty`) says
// that nothing needs a release. `changeset status` alone asks only that some changeset exists, whatever it names.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

function git(...args) {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

const lines = (text) => text.split("\n").filter((line) => line !== "");

function forkFromMain() {
  const head = git("rev-parse", "HEAD");
  const forks = ["origin/main", "main"].map((main) => git("merge-base", main, "HEAD"));
  return forks.find((fork) => fork !== "" && fork !== head);
}

/** The commit of the last release; before the first one, and in shallow clones, the oldest commit known. */
function lastRelease() {
  const release = git("log", "-1", "--format=%H", "--", "packages/*/CHANGELOG.md");
  return release || lines(git("rev-list", "--max-parents=0", "HEAD")).at(-1);
}

/** Names of the packages in a changeset's front matter. */
function announced(file) {
  const text = readFileSync(join(root, file), "utf8");
  const front = text.match(/^---\n([\s\S]*?)^---/m);
  if (front === null) throw new Error(`${file}: expected front matter between two --- lines`);
  return lines(front[1]).map(
    (line) => line.match(/^["']?([^"':]+)["']?: (?:patch|minor|major)$/)?.[1] ?? line,
  );
}

if (git("rev-parse", "--is-inside-work-tree") !== "true") {
  console.log("changesets: not a git checkout, nothing to compare with");
  process.exit(0);
}
const fork = forkFromMain();
const base = fork ?? lastRelease();
const touched = lines(git("diff", "--name-only", base));
const packages = readdirSync(join(root, "packages")).map((folder) => ({
  folder: `packages/${folder}`,
  ...JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")),
}));
const { changedFilePatterns } = JSON.parse(
  readFileSync(join(root, ".changeset/config.json"), "utf8"),
);
const shipped = changedFilePatterns.map((pattern) => pattern.replace("**", ""));

const changed = packages.filter(
  ({ folder }) =>
    (fork === undefined && !existsSync(join(root, folder, "CHANGELOG.md"))) ||
    touched.some((file) => shipped.some((start) => file.startsWith(`${folder}/${start}`))),
);
const changesets = readdirSync(join(root, ".changeset"))
  .filter((file) => file.endsWith(".md") && file !== "README.md")
  .map((file) => `.changeset/${file}`)
  .filter((file) => fork === undefined || touched.includes(file));
const named = changesets.map(announced);

const unknown = named.flat().filter((name) => !packages.some((pack) => pack.name === name));
const silent = named.some((list) => list.length === 0)
  ? []
  : changed.map(({ name }) => name).filter((name) => !named.flat().includes(name));
const meaning = fork === undefined ? "the last release" : "the fork from main";
console.log(
  `changesets: since ${meaning}: ${changed.length} packages changed, ${changesets.length} changesets`,
);
if (unknown.length > 0) console.error(`changesets: no such package: ${unknown.join(", ")}`);
if (silent.length > 0)
  console.error(
    `changesets: changed but not announced: ${silent.join(", ")}; run \`pnpm changeset\``,
  );
process.exit(unknown.length + silent.length > 0 ? 1 : 0);

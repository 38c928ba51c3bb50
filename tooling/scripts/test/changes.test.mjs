import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, onTestFinished, test as vitestTest } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const script = "tooling/scripts/changes.mjs";

/** A repository with one package, `@x/a`, released or not, on main. */
function repository({ released }) {
  const folder = mkdtempSync(join(tmpdir(), "changes-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e@x", ...args], { cwd: folder });
  const commit = (files) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    git("add", "-A");
    git("commit", "-q", "-m", "change");
  };
  mkdirSync(join(folder, "tooling/scripts"), { recursive: true });
  cpSync(join(root, script), join(folder, script));
  mkdirSync(join(folder, ".changeset"));
  cpSync(join(root, ".changeset/config.json"), join(folder, ".changeset/config.json"));
  git("init", "-q", "-b", "main");
  commit({
    "packages/a/package.json": '{ "name": "@x/a" }',
    ...(released ? { "packages/a/CHANGELOG.md": "# @x/a\n" } : {}),
  });
  const check = () => {
    const { status, stdout, stderr } = spawnSync("node", [script], {
      cwd: folder,
      encoding: "utf8",
    });
    return { status, text: stdout + stderr };
  };
  return { git, commit, check };
}

// The check itself does nothing where there is no git.
const { status } = spawnSync("git", ["--version"]);
const test = vitestTest.skipIf(status !== 0);

const source = { "packages/a/src/index.ts": "export {};\n" };
const announce = (name = "@x/a", file = "one") => ({
  [`.changeset/${file}.md`]: `---\n"${name}": patch\n---\n\nText.\n`,
});

test("a package that was never released needs a changeset", () => {
  const { commit, check } = repository({ released: false });
  expect(check()).toMatchObject({
    status: 1,
    text: expect.stringContaining("not announced: @x/a"),
  });
  commit(announce());
  expect(check().status).toBe(0);
});

test("on main, a change of shipped files since the release needs a changeset, one of tests does not", () => {
  const { commit, check } = repository({ released: true });
  expect(check().status).toBe(0);
  commit({ "packages/a/test/a.test.ts": "" });
  expect(check().status).toBe(0);
  commit(source);
  expect(check().status).toBe(1);
  commit(announce());
  expect(check().status).toBe(0);
});

test("on a branch, only changesets that the branch brings count", () => {
  const { git, commit, check } = repository({ released: true });
  commit({ ...source, ...announce() });
  git("checkout", "-q", "-b", "feature");
  commit({ "packages/a/src/more.ts": "" });
  expect(check().status).toBe(1);
  commit(announce("@x/a", "two"));
  expect(check().status).toBe(0);
});

test("an empty changeset excuses a change; one for an unknown package is refused", () => {
  const { commit, check } = repository({ released: true });
  commit({ ...source, ".changeset/none.md": "---\n---\n" });
  expect(check().status).toBe(0);
  commit(announce("@x/b"));
  expect(check()).toMatchObject({
    status: 1,
    text: expect.stringContaining("no such package: @x/b"),
  });
});

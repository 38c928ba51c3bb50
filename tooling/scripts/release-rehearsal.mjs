// Rehearses a release on a throw-away copy of the packages' manifests, with a sample package that depends on
// them and a registry of our own that keeps what it is sent: nothing leaves the machine. Shows that
//   - `changeset status` refuses a change without a changeset,
//   - `changeset version` moves the versions, writes the changelogs and uses up the changesets,
//   - a patch leaves dependents alone and a minor (out of ^0.x) gives them a patch,
//   - `changeset publish` sends each package once, with exports and dependency ranges as users need them.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

if (spawnSync("git", ["--version"]).status !== 0) {
  console.log("release rehearsal: skipped, there is no git");
  process.exit(0);
}
const root = resolve(import.meta.dirname, "../..");
const work = mkdtempSync(join(tmpdir(), "release-"));
const sample = "@x/sample";
const readJson = (...path) => JSON.parse(readFileSync(join(work, ...path), "utf8"));
const write = (path, text) => {
  mkdirSync(join(work, path, ".."), { recursive: true });
  writeFileSync(join(work, path), text);
};

const published = new Map();
const registry = createServer(answer).listen(0, "127.0.0.1");
await new Promise((ready) => registry.once("listening", ready));
const address = `127.0.0.1:${registry.address().port}`;
try {
  const folders = copyManifests();
  refusesSilentChanges(folders);
  versionsMove(folders);
  await publishes(folders);
  console.log(
    `release rehearsal: ${[...published.keys()].join(", ")} versioned and sent as they should be`,
  );
} catch (error) {
  console.error(`release rehearsal: ${error.stack}`);
  process.exitCode = 1;
} finally {
  registry.close();
  rmSync(work, { recursive: true, force: true });
}

function answer(request, response) {
  if (request.method !== "PUT") return void response.writeHead(404).end("{}");
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { name, versions, _attachments } = JSON.parse(Buffer.concat(chunks).toString());
    const [{ data }] = Object.values(_attachments);
    assert(!published.has(name), `${name} was sent twice`);
    published.set(name, {
      version: Object.keys(versions)[0],
      tarball: Buffer.from(data, "base64"),
    });
    response.writeHead(201).end("{}");
  });
}

function run(command, args, expected = 0) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: work,
    encoding: "utf8",
    env: environment(),
  });
  assert.equal(
    status,
    expected,
    `${command} ${args.join(" ")}: exit ${status}\n${stdout}${stderr}`,
  );
}

function environment() {
  const identity = { NAME: "rehearsal", EMAIL: "rehearsal@localhost" };
  const git = Object.entries(identity).flatMap(([key, value]) =>
    ["AUTHOR", "COMMITTER"].map((who) => [`GIT_${who}_${key}`, value]),
  );
  const mine = {
    npm_config_registry: `http://${address}/`,
    NPM_CONFIG_USERCONFIG: join(work, ".npmrc"),
  };
  // Settings of the npm that started us (offline, say) are not the rehearsal's.
  const outer = Object.entries(process.env).filter(([key]) => !/^npm_(config|package)_/i.test(key));
  return { ...Object.fromEntries([...outer, ...git]), ...mine, CI: "1" };
}

function commit(message) {
  run("git", ["add", "-A"]);
  run("git", ["commit", "-q", "--allow-empty", "-m", message]);
}

/** The repository as far as a release looks at it, and one package that depends on all others. */
function copyManifests() {
  for (const file of ["package.json", "pnpm-workspace.yaml", ".changeset"]) {
    cpSync(join(root, file), join(work, file), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(work, "node_modules"), "junction");
  write(".npmrc", `registry=http://${address}/\n//${address}/:_authToken=none\n`);
  write(".gitignore", "node_modules\n.npmrc\n");
  const folders = readdirSync(join(root, "packages"));
  const names = folders.map((folder) => {
    for (const file of ["package.json", "CHANGELOG.md"]) {
      const from = join(root, "packages", folder, file);
      if (existsSync(from)) cpSync(from, join(work, "packages", folder, file));
    }
    write(`packages/${folder}/dist/index.js`, "export {};\n");
    return readJson("packages", folder, "package.json").name;
  });
  // pnpm turns workspace ranges into versions by looking at what is linked.
  const link = (from) => {
    mkdirSync(join(work, "packages", from, "node_modules/@x"), { recursive: true });
    names.forEach((name, i) => {
      const target = join(work, "packages", folders[i]);
      symlinkSync(target, join(work, "packages", from, "node_modules", name), "junction");
    });
  };
  for (const folder of [...folders, "sample"]) link(folder);
  const dependencies = Object.fromEntries(names.map((name) => [name, "workspace:^"]));
  const manifest = {
    name: sample,
    version: "0.1.0",
    license: "MIT",
    files: ["dist"],
    dependencies,
  };
  write("packages/sample/package.json", JSON.stringify(manifest));
  run("git", ["init", "-q", "-b", "main"]);
  commit("start");
  return folders;
}

function refusesSilentChanges([folder]) {
  const { name } = readJson("packages", folder, "package.json");
  run("git", ["checkout", "-q", "-b", "change"]);
  write(`packages/${folder}/src/change.ts`, "export {};\n");
  commit("change");
  run("changeset", ["status", "--since=main"], 1);
  write(".changeset/rehearsed.md", `---\n"${name}": minor\n---\n\nA rehearsed change.\n`);
  commit("announce");
  run("changeset", ["status", "--since=main"]);
}

function versionsMove([folder]) {
  const version = (of) => readJson("packages", of, "package.json").version;
  const before = version(folder);
  run("changeset", ["version"]);
  const [major, minor] = before.split(".").map(Number);
  assert.equal(version(folder), `${major}.${minor + 1}.0`);
  assert.equal(version("sample"), "0.1.1");
  const changelog = readFileSync(join(work, "packages", folder, "CHANGELOG.md"), "utf8");
  assert.match(changelog, /A rehearsed change\./);
  assert.deepEqual(readdirSync(join(work, ".changeset")).sort(), ["README.md", "config.json"]);
  commit("release");

  const { name } = readJson("packages", folder, "package.json");
  write(".changeset/rehearsed.md", `---\n"${name}": patch\n---\n\nA rehearsed mend.\n`);
  run("changeset", ["version"]);
  assert.equal(version(folder), `${major}.${minor + 1}.1`);
  assert.equal(version("sample"), "0.1.1");
  commit("release again");
}

async function publishes(folders) {
  // Not spawnSync: the registry answers from this process.
  const child = spawn("changeset", ["publish"], { cwd: work, env: environment(), stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const status = await new Promise((close) => child.on("close", close));
  assert.equal(status, 0, output);
  for (const folder of [...folders, "sample"]) {
    const { name, version } = readJson("packages", folder, "package.json");
    const sent = published.get(name);
    assert.equal(sent?.version, version, `${name} ${version} was not sent\n${output}`);
    const text = gunzipSync(sent.tarball).toString("latin1");
    assert(!text.includes("@x/source"), `${name}: the source condition was published`);
    assert(!text.includes("workspace:"), `${name}: a workspace range was published`);
  }
  const tags = spawnSync("git", ["tag"], { cwd: work, encoding: "utf8" }).stdout;
  assert(tags.includes(`${sample}@0.1.1`), `no tags: ${tags}`);
}

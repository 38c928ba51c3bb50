// Judges the packages as users get them: packs them, lints the tarballs, installs these in an empty project
// outside the workspace, loads every entry point as ESM, as CommonJS and as types, and runs what the package
// brings in test/packed/. Needs the build.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const packages = readdirSync(join(root, "packages")).map((folder) => {
  const path = join(root, "packages", folder);
  return { path, ...JSON.parse(readFileSync(join(path, "package.json"), "utf8")) };
});
const entries = packages.flatMap(({ name, exports }) =>
  Object.keys(exports)
    .filter((key) => key !== "./package.json")
    .map((key) => name + key.slice(1)),
);

const work = mkdtempSync(join(tmpdir(), "packed-"));
try {
  const tarballs = packAndLint();
  install(tarballs);
  loadEntries();
  checkTypes();
  runPackedTests();
  console.log(`packed: ${entries.join(", ")} load as ESM and CommonJS and type-check`);
} catch (error) {
  console.error(`packed: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

function run(file, args, cwd = work, stdout = "inherit") {
  execFileSync(file, args, { cwd, stdio: ["ignore", stdout, "inherit"] });
}

/** publint and attw cost seconds each and share nothing, so the tarball is made once and both read it. */
function packAndLint() {
  const pack = ["-r", "--filter", "./packages/*", "pack", "--pack-destination", work];
  run("pnpm", pack, root, "ignore");
  const tarballs = readdirSync(work).filter((file) => file.endsWith(".tgz"));
  if (tarballs.length !== packages.length) throw new Error(`expected ${packages.length} tarballs`);
  for (const file of tarballs) {
    run("publint", [join(work, file), "--strict"], root);
    run("attw", [join(work, file), "--profile", "node16", "--no-emoji", "--quiet"], root);
  }
  return tarballs.map((file) => `./${file}`);
}

function install(tarballs) {
  writeFileSync(join(work, "package.json"), '{ "private": true }\n');
  const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  run("npm", ["install", "--prefer-offline", "--omit=optional", ...quiet, ...tarballs]);
}

function loadEntries() {
  const refuseEmpty = (module, entry) =>
    `if (Object.keys(${module}).length === 0) throw new Error("${entry} exports nothing");\n`;
  const esm = entries.map(
    (entry, i) => `import * as m${i} from "${entry}";\n${refuseEmpty(`m${i}`, entry)}`,
  );
  const cjs = entries.map((entry) => refuseEmpty(`require("${entry}")`, entry));
  writeFileSync(join(work, "load.mjs"), esm.join(""));
  writeFileSync(join(work, "load.cjs"), cjs.join(""));
  run("node", ["load.mjs"]);
  run("node", ["load.cjs"]);
}

/** With skipLibCheck off, so that our declarations are checked whole, and without Node's types. */
function checkTypes() {
  const text = entries.map(
    (entry, i) => `import * as m${i} from "${entry}";\nexport const k${i}: object = m${i};\n`,
  );
  for (const extension of ["mts", "cts"])
    writeFileSync(join(work, `types.${extension}`), text.join(""));
  const flags = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2023,dom"];
  const files = ["types.mts", "types.cts"].map((file) => join(work, file));
  for (const [module, resolution] of [
    ["node16", "node16"],
    ["esnext", "bundler"],
  ]) {
    run("tsc", [...flags, "--module", module, "--moduleResolution", resolution, ...files]);
  }
}

/**
 * Programs that a package wants run against its installed self: as they are, and bundled and minified, which
 * breaks code that is carried around as text. A failing exit code is a failure.
 */
function runPackedTests() {
  const programs = packages.flatMap(({ path }) => {
    const folder = join(path, "test/packed");
    const files = existsSync(folder) ? readdirSync(folder) : [];
    for (const file of files) copyFileSync(join(folder, file), join(work, file));
    return files.filter((file) => file.endsWith(".mjs"));
  });
  if (programs.length === 0) return;
  const options = `entry: ${JSON.stringify(programs)}, noExternal: [/./], minify: true, outDir: "bundled"`;
  writeFileSync(
    join(work, "tsup.config.mjs"),
    `export default { ${options}, format: "esm", platform: "node", outExtension: () => ({ js: ".mjs" }) };\n`,
  );
  run("tsup", ["--silent"]);
  for (const file of programs) {
    for (const form of [file, join("bundled", file)]) run("node", [form]);
    console.log(`packed: ${file} passes as installed and as a minified bundle`);
  }
}

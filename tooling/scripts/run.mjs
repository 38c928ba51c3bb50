// Entry point of `npm start`, `npm test` and `npm run bench`: a machine with Node and npm needs nothing else.
// Puts the pinned pnpm on PATH through npm exec, installs what the lockfile names, builds what the task needs
// and runs it. Usage: node tooling/scripts/run.mjs start|test|bench [arguments of the task]
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** `prepare` runs under pnpm; then comes the package script that the user's arguments go to, if any. */
const tasks = {
  test: { prepare: "pnpm run check:all" },
  start: {
    prepare: "turbo run build --filter=example-digits... --output-logs=errors-only",
    folder: "tooling/examples/digits",
    script: "start",
  },
  bench: {
    prepare: "turbo run build --filter=bench... --output-logs=errors-only",
    folder: "tooling/bench",
    script: "bench",
  },
};

const root = resolve(import.meta.dirname, "../..");
const readJson = (file) => JSON.parse(readFileSync(resolve(root, file), "utf8"));
const { packageManager, engines } = readJson("package.json");

const [name, ...args] = process.argv.slice(2);
const task = tasks[name];
if (task === undefined) fail(`run: expected ${Object.keys(tasks).join(", ")}; got ${name}`);
if (task.folder === undefined && args.length > 0) {
  fail(`npm run ${name} takes no arguments; it got: ${args.join(" ")}`);
}
const [major, minor] = process.versions.node.split(".").map(Number);
const [needMajor, needMinor] = engines.node.match(/\d+/g).map(Number);
if (major < needMajor || (major === needMajor && minor < needMinor)) {
  fail(`This repository needs Node ${engines.node}; this is ${process.version}.`);
}

prepare();
if (task.folder !== undefined) runScript();

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Install and build. No user input enters this command line. */
function prepare() {
  const steps = [
    "pnpm install --frozen-lockfile --reporter=append-only --loglevel=warn",
    task.prepare.startsWith("pnpm ") ? task.prepare : `pnpm exec ${task.prepare}`,
  ].join(" && ");
  const underPnpm = (process.env.npm_config_user_agent ?? "").startsWith("pnpm/");
  const { status } = spawnSync(
    underPnpm
      ? steps
      : `npm exec --yes --prefer-offline --loglevel=error --package=${packageManager} --call "${steps}"`,
    {
      cwd: root,
      shell: true,
      // pnpm reports on stdout; the task's own output must stay clean when it is piped.
      stdio: task.folder === undefined ? "inherit" : ["inherit", 2, 2],
      env: { CI: "1", TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", ...process.env },
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Run the package's script with the user's arguments: straight from here, without a shell that could split
 * them and without a chain of package managers between Ctrl-C and the program that wants to save its work.
 */
function runScript() {
  const folder = resolve(root, task.folder);
  const { scripts } = readJson(`${task.folder}/package.json`);
  const [program, ...scriptArgs] = scripts[task.script].split(/\s+/);
  if (program !== "node" || /["'`$&|;<>*]/.test(scripts[task.script])) {
    fail(`${task.folder}: script "${task.script}" must be a plain \`node <file> [arguments]\``);
  }
  const child = spawn(process.execPath, [...scriptArgs, ...args], {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, INIT_CWD: process.env.INIT_CWD ?? process.cwd() },
  });
  // Ctrl-C reaches the whole process group, so the program has it already; this process only waits for it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => void child.kill("SIGTERM"));
  child.on("error", (error) => fail(error.message));
  child.on("close", (status, signal) => {
    if (signal === null) process.exit(status ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

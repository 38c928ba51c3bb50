import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

// Rules of the repository that no other tool checks.
const root = resolve(import.meta.dirname, "../../..");
const read = (...path) => readFileSync(join(root, ...path), "utf8");
const folders = readdirSync(join(root, "packages"));
const manifests = new Map(
  folders.map((name) => [name, JSON.parse(read("packages", name, "package.json"))]),
);
const sources = folders.flatMap((name) =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("generated"))
    .map((file) => join("packages", name, "src", file)),
);

const { stdout } = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" });
const tracked = (stdout ?? "").split("\n").filter((file) => file !== "");

// Outside a git checkout there is nothing to list.
test.skipIf(tracked.length === 0)(
  "top-level folders are packages, tooling, .changeset and .ci",
  () => {
    const tops = new Set(
      tracked.filter((file) => file.includes("/")).map((file) => file.split("/")[0]),
    );
    expect([...tops].sort()).toEqual([".changeset", ".ci", "packages", "tooling"]);
  },
);

test.each(folders)("%s has a README, a licence and tests", (name) => {
  for (const path of ["README.md", "LICENSE", "test"]) {
    expect(existsSync(join(root, "packages", name, path)), path).toBe(true);
  }
});

test.each(folders)(
  "%s builds every entry point and publishes the same ones without the sources",
  (name) => {
    const { exports, publishConfig } = manifests.get(name);
    const withoutSource = Object.fromEntries(
      Object.entries(exports).map(([key, value]) => {
        if (typeof value === "string") return [key, value];
        const { "@x/source": _, ...rest } = value;
        return [key, rest];
      }),
    );
    expect(publishConfig.exports).toEqual(withoutSource);
    const config = read("packages", name, "tsup.config.ts");
    const built = [...config.matchAll(/"(src\/[^"]+)"/g)].map(([, path]) => `./${path}`);
    const declared = Object.values(exports).flatMap((value) => value["@x/source"] ?? []);
    expect(built.sort()).toEqual(declared.sort());
  },
);

test.each(folders)(
  "%s depends on our packages by workspace ranges, on the core and never the other way",
  (name) => {
    const { dependencies = {}, peerDependencies = {} } = manifests.get(name);
    const core = { tensor: [], prune: ["@x/tensor", "@x/nn"], diffusion: ["@x/tensor", "@x/nn"] };
    const ours = Object.keys(dependencies).filter((dependency) => dependency.startsWith("@x/"));
    expect(core[name] ?? ["@x/tensor"]).toEqual(expect.arrayContaining(ours));
    for (const dependency of ours) expect(dependencies[dependency]).toBe("workspace:^");
    expect(Object.keys(peerDependencies).filter((peer) => peer.startsWith("@x/"))).toEqual([]);
  },
);

test("no source draws from Math.random or generates code at run time", () => {
  const guilty = sources.filter((file) =>
    /\bMath\.random\(|\bnew Function\(|\beval\(/.test(read(file)),
  );
  expect(guilty).toEqual([]);
});

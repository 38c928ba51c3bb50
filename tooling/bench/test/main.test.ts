import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../", import.meta.url));

test("the program names the packages it knows when it is asked for another, and exits with 2", () => {
  const args = ["--import", "tsx", "src/main.ts", "../secrets"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(stderr).toMatch(
    /^bench: expected a package with benches \(.*tensor.*\); got \.\.\/secrets$/m,
  );
  expect(status).toBe(2);
});

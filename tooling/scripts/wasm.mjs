// Compiles a package's AssemblyScript kernels (assembly/index.ts) to one WebAssembly module and writes it
// as a TypeScript module that carries the bytes, so that users need no loader, fetch or file path.
// Usage: node tooling/scripts/wasm.mjs [package folder]
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import asc from "assemblyscript/asc";

const flags = [
  ["-O3", "--noAssert"],
  ["--runtime", "stub"],
  ["--enable", "simd", "--enable", "threads"],
  ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
].flat();

const folder = resolve(process.argv[2] ?? ".");
if (!existsSync(join(folder, "assembly"))) process.exit(0);

// A package whose kernels are still to come gets an empty module, so that its sources type-check.
const entry = existsSync(join(folder, "assembly/index.ts")) ? "assembly/index.ts" : "empty.ts";
const sources = entry === "empty.ts" ? { readFile: (path) => (path === entry ? "" : null) } : {};

const files = new Map();
const { error, stderr } = await asc.main(
  [entry, "--baseDir", folder, "--outFile", "kernels.wasm", ...flags],
  { ...sources, writeFile: (path, data) => void files.set(path, data) },
);
if (error) {
  console.error(`${stderr}${error.message}`);
  process.exit(1);
}
const bytes = files.get("kernels.wasm");
const generated = join(folder, "src/generated");
mkdirSync(generated, { recursive: true });
writeFileSync(join(generated, "kernels.wasm"), bytes);
writeFileSync(
  join(generated, "kernels.ts"),
  `// Made from assembly/ by tooling/scripts/wasm.mjs.\nexport const kernelsWasm: string =\n  "${Buffer.from(bytes).toString("hex")}";\n`,
);
console.log(`kernels: ${bytes.length} bytes`);

// Compiles a package's AssemblyScript kernels to WebAssembly and writes each module as a TypeScript module that carries
// the bytes, so that users need no loader, fetch or file path: assembly/index.ts becomes src/generated/kernels.ts, and
// where there are several, each assembly/<name>/index.ts becomes src/generated/<name>.ts.
// Usage: node tooling/scripts/wasm.mjs [package folder] [module …]
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import asc from "assemblyscript/asc";

const flags = [
  ["-O3", "--noAssert"],
  ["--runtime", "stub"],
  ["--enable", "simd", "--enable", "threads"],
  ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
].flat();

const folder = resolve(process.argv[2] ?? ".");
const assembly = join(folder, "assembly");
if (!existsSync(assembly)) process.exit(0);

/** The modules' names, and their files relative to the package. */
function modules() {
  if (existsSync(join(assembly, "index.ts"))) return [["kernels", "assembly/index.ts"]];
  return readdirSync(assembly)
    .filter((name) => existsSync(join(assembly, name, "index.ts")))
    .map((name) => [name, `assembly/${name}/index.ts`]);
}

async function compile(name, entry) {
  const files = new Map();
  const { error, stderr } = await asc.main(
    [entry, "--baseDir", folder, "--outFile", "kernels.wasm", ...flags],
    { writeFile: (path, data) => void files.set(path, data) },
  );
  if (error) {
    console.error(`${stderr}${error.message}`);
    process.exit(1);
  }
  const bytes = files.get("kernels.wasm");
  const generated = join(folder, "src/generated");
  mkdirSync(generated, { recursive: true });
  writeFileSync(join(generated, `${name}.wasm`), bytes);
  writeFileSync(
    join(generated, `${name}.ts`),
    `// Made from assembly/ by tooling/scripts/wasm.mjs.\nexport const ${name}Wasm: string =\n  "${Buffer.from(bytes).toString("hex")}";\n`,
  );
  console.log(`${name}: ${bytes.length} bytes`);
}

const wanted = process.argv.slice(3);
for (const [name, entry] of modules())
  if (wanted.length === 0 || wanted.includes(name)) await compile(name, entry);

import { defineConfig } from "tsup";
import { base } from "../../tooling/config/tsup";

export default defineConfig(base(["src/index.ts"]));

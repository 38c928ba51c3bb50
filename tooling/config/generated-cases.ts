// Generated cases are the same in every run, so that a change is judged by what it changed. New ones are
// explored by `FUZZ=<number> npx vitest run …`; a failure there prints its own seed and path.
import fc from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    seed: number;
  }
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: inject("seed") });

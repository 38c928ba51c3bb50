import { UserError } from "example-digits/user-error";
import type { StudyContext } from "example-optim-studies/study";
import { describe, expect, it } from "vitest";
import { readArguments, usage } from "../src/arguments";
import { controlVariateStudy } from "../src/studies/control-variates";
import { convergenceStudy } from "../src/studies/convergence";

const context: StudyContext = {
  quick: true,
  seed: 0,
  say: () => {},
  digits: () => {
    throw new Error("a quick run needs no digits");
  },
};

/** Problem, solver, iterations, error, seconds, whether it has converged. */
type Row = [string, string, number, string, number, string];

describe("the studies, on small problems", () => {
  it("Newton needs fewer iterations than Sinkhorn, and both are drawn", async () => {
    const { tables, charts } = await convergenceStudy.run(context);
    const rows = tables[0]?.rows as Row[];
    const solvers = 4;
    for (let k = 0; k < rows.length; k += solvers) {
      const ofProblem = rows.slice(k, k + solvers);
      const [plain, newton] = [ofProblem.at(0), ofProblem.at(-1)] as [Row, Row];
      expect(newton[5]).toBe("yes");
      expect(newton[2]).toBeLessThan(plain[2]);
    }
    expect(charts).toHaveLength(rows.length / solvers);
  });

  it("control variates leave less error where the means differ", async () => {
    const { tables } = await controlVariateStudy.run(context);
    const [name, , , , , both] = tables[0]?.rows[0] ?? [];
    expect(name).toMatch(/shifted/);
    expect(both).toBeLessThan(0.3);
  });
});

describe("the command line", () => {
  const read = (...argv: string[]) =>
    readArguments(argv, ["convergence", "other"], "/out", { INIT_CWD: "/home" });

  it("names studies in their order, and folders relative to where it was called", () => {
    expect(read("other", "convergence", "--data", "x", "--quick")).toEqual({
      studies: ["convergence", "other"],
      data: "/home/x",
      out: "/out",
      quick: true,
      help: false,
    });
    expect(usage(["convergence"])).toMatch(/pnpm start \[STUDY …\]/);
  });

  it("refuses what it does not know", () => {
    expect(() => read("nothing")).toThrow(UserError);
    expect(() => read("--nothing")).toThrow(/--help lists the options/);
  });
});

import type { Node } from "../graph/fuse";
import type { Var } from "../graph/graph";
import type { GpuDevice } from "./device";
import type { GpuProgram } from "./program";
import { specText } from "./source/kernel-spec";

const show = (v: Var): string => `${v.dtype}[${v.shape.join(", ")}]`;

function title(node: Node): string {
  switch (node.kind) {
    case "map":
      return `map ${node.program.code.map((i) => i.op).join(" ")}`;
    case "reduce": {
      const work = node.program.code.map((i) => i.op).join(" ");
      return `${node.reduction} over axes [${node.axes.join(", ")}]${work === "" ? "" : ` of ${work}`}`;
    }
    default:
      return node.equation.primitive.name;
  }
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `      ${line}`);

/** The steps of a program, and of those within it. */
function rows(program: GpuProgram): string[] {
  return program.nodes.flatMap(({ node, steps }, i) => {
    const types = `${node.inputs.map(show).join(", ")} → ${node.outputs.map(show).join(", ")}`;
    const where = steps.some((step) => step.on === "cpu") ? "cpu" : "gpu";
    const details = steps.flatMap((step) => {
      if (step.on === "gpu")
        return step.launches.flatMap(({ kernel }) => specText(kernel).split("\n"));
      if (step.on === "cpu") return [];
      return step.control.programs.flatMap(({ title: part, program: inner }) => [
        `${part}:`,
        ...rows(inner.program),
      ]);
    });
    return [
      `${String(i + 1).padStart(4)}  ${where}  ${title(node)}`,
      ...indented([types, ...details]),
    ];
  });
}

/** The steps of a program as text: where each runs, on which shapes, and the source of its kernels. */
export function formatGpuPlan(name: string, device: GpuDevice, program: GpuProgram): string {
  const count = program.nodes.length;
  const away = program.nodes.filter(({ steps }) => steps.some((s) => s.on === "cpu")).length;
  const where = away === 0 ? "" : `, ${away} of them on the CPU`;
  const head = `${name}: ${count} step${count === 1 ? "" : "s"} on ${device.name}${where}`;
  return [head, ...rows(program)].join("\n");
}

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

/** The steps of a program as text: where each runs, on which shapes, and the source of its kernels. */
export function formatGpuPlan(name: string, device: GpuDevice, program: GpuProgram): string {
  const rows = program.nodes.flatMap(({ node, step }, i) => {
    const types = `${node.inputs.map(show).join(", ")} → ${node.outputs.map(show).join(", ")}`;
    const kernels = step.on === "gpu" ? step.launches : [];
    return [
      `${String(i + 1).padStart(4)}  ${step.on}  ${title(node)}`,
      `      ${types}`,
      ...kernels.flatMap(({ kernel }) =>
        specText(kernel)
          .split("\n")
          .map((line) => `      ${line}`),
      ),
    ];
  });
  const steps = program.nodes.length;
  const away = program.nodes.filter(({ step }) => step.on === "cpu").length;
  const where = away === 0 ? "" : `, ${away} of them on the CPU`;
  const head = `${name}: ${steps} step${steps === 1 ? "" : "s"} on ${device.name}${where}`;
  return [head, ...rows].join("\n");
}

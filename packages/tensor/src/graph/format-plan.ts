import type { Lowering } from "../cpu/launch";
import type { CpuProgram, Step } from "../cpu/program";
import { sizeOf } from "../shape";
import type { Var } from "./graph";

const show = (v: Var): string => `${v.dtype}[${v.shape.join(", ")}]`;

const count = (n: number): string =>
  new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(n);

/** Floating-point operations of a step. */
function flopsOf(step: Step): number {
  const { node, bound } = step;
  const lanes = sizeOf((node.outputs[0] as Var).shape);
  if (node.kind === "map") return lanes * node.program.code.length;
  if (node.kind === "reduce") return sizeOf(node.domain) * (node.program.code.length + 1);
  if (node.kind === "copy") return 0;
  const lowering = bound?.lowering as Lowering | undefined;
  if (lowering?.flops === undefined) return lanes;
  const view = (v: Var): Parameters<NonNullable<Lowering["flops"]>>[0][number] => ({
    pointer: 0,
    dtype: v.dtype,
    shape: v.shape,
    strides: v.shape.map(() => 0),
  });
  return lowering.flops(node.inputs.map(view), node.outputs.map(view), bound?.params);
}

function title({ node }: Step): string {
  switch (node.kind) {
    case "map":
      return `map ${node.program.code.map((i) => i.op).join(" ")}`;
    case "reduce": {
      const work = node.program.code.map((i) => i.op).join(" ");
      return `${node.reduction} over axes [${node.axes.join(", ")}]${work === "" ? "" : ` of ${work}`}`;
    }
    case "copy":
      return "copy";
    default:
      return node.equation.primitive.name;
  }
}

/**
 * The steps of a program as text: what runs, on which shapes, with how many floating-point operations and bytes.
 */
export function formatPlan(name: string, program: CpuProgram): string {
  const rows = program.steps.flatMap((step, i) => {
    const { node, control } = step;
    const types = `${node.inputs.map(show).join(", ")} → ${node.outputs.map(show).join(", ")}`;
    const moved = [...node.inputs, ...node.outputs];
    const bytes = moved.reduce((n, v) => n + program.bytesBehind(v), 0);
    const cost = `${count(flopsOf(step))} flops, ${count(bytes)} bytes`;
    const inner = (control?.describe() ?? []).flatMap(({ title: t, lines }) => [
      `      ${t}:`,
      ...lines.map((line) => `      ${line}`),
    ]);
    return [
      `${String(i + 1).padStart(4)}  cpu  ${title(step)}`,
      `      ${types}; ${cost}`,
      ...inner,
    ];
  });
  const flops = program.steps.reduce((n, s) => n + flopsOf(s), 0);
  const head = `${name}: ${program.steps.length} step${program.steps.length === 1 ? "" : "s"}, ${count(flops)} flops, ${count(program.frameBytes)} bytes of intermediates`;
  return [head, ...rows].join("\n");
}

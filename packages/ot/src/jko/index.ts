export type { Energy, FixedTarget, FreeEnergy, ProximalMap } from "./energy";
export { type JkoFlowOptions, jkoFlow } from "./jko-flow";
export { type JkoOptions, type JkoResult, jkoStep } from "./jko-step";

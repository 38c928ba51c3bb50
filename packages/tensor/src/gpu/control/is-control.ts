import type { Primitive } from "../../internal/primitive";

/** True for loops and branches, which bring programs of their own. */
export const isControl = (primitive: Primitive): boolean => "lowerToCpu" in primitive;

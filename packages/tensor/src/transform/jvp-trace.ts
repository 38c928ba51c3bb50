import { DualTrace } from "./dual-trace";

/** Forward-mode differentiation: tangents are computed along with the values. */
export class JvpTrace extends DualTrace {
  readonly kind = "jvp";
  active = true;
}

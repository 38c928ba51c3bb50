import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import { readMatrix } from "../internal/read";
import type { Values } from "../values";
import { type Fit, fitMap } from "./fit";
import { applyMap, dimensionOf } from "./fitted-map";
import { readTransport, type TransportJSON, writeTransport } from "./transport-json";
import {
  checkTransportOptions,
  type TransportData,
  type TransportOptions,
} from "./transport-options";

/**
 * A map from one cloud to another that also moves points it has not seen.
 *
 * Fitted points go to the mean of where their plan sends them, T(x_i) = Σ_j P_ij y_j / a_i. New points go to
 * T(x_s) + (x − x_s) with the nearest fitted x_s; or, entropic, to Σ_j softmax_j(log b_j + (g_j − c(x, y_j))/ε) y_j; or
 * through the affine map between Gaussians.
 *
 * @param options.method - `emd`, `sinkhorn`, `classes` (with labels of the source) or `gaussian`
 * @throws ArgumentError on an unknown method, and on options that it does not have
 * @example
 * const transport = new Transport({ method: "emd" }).fit({ X: [[0], [1]], Y: [[5], [6]] });
 * transport.transform([[0.2]]) // [[5.2]]
 * @see Ferradans et al. 2014; Courty, Flamary, Tuia & Rakotomamonjy 2017; Pooladian & Niles-Weed 2021 (entropic map)
 */
export class Transport {
  readonly options: TransportOptions;
  #fit: Fit | undefined;

  constructor(options: TransportOptions) {
    checkTransportOptions(options);
    this.options = options;
  }

  /**
   * Fits the map; an earlier fit is replaced.
   *
   * @returns this
   * @throws ShapeError on shapes that do not fit
   * @throws ArgumentError on values that are not finite, negative weights, sums that differ, missing labels, or options
   *   that contradict each other
   */
  fit(data: TransportData): this {
    this.#fit = fitMap(data, this.options);
    return this;
  }

  /** Whether the solver behind the map converged. */
  get converged(): boolean {
    return this.#fitted("converged").converged;
  }

  /** How the solver ended, in words. */
  get status(): string {
    return this.#fitted("status").status;
  }

  /**
   * The images of points.
   *
   * @param X - points, new or fitted, shape [k, d]
   * @returns shape [k, d], f64
   * @throws ShapeError unless the dimension is that of the fitted points
   * @throws ArgumentError before `fit`, and on values that are not finite
   */
  transform(X: Values): Tensor {
    const { map } = this.#fitted("transform");
    const x = readMatrix("Transport.transform", "X", X);
    const d = dimensionOf(map);
    if (x.columns !== d) {
      throw new ShapeError(
        `Transport.transform: expected X with shape [k, ${d}]; got [${x.rows}, ${x.columns}]`,
        { X: [x.rows, x.columns] },
      );
    }
    const { data, rows, columns } = applyMap(map, x);
    return tensor(data, { shape: [rows, columns], copy: false });
  }

  /**
   * The fitted map as plain data; solver options are left out.
   *
   * @throws ArgumentError before `fit`, and if the cost is a function
   */
  toJSON(): TransportJSON {
    return writeTransport(this.options.method, this.#fitted("toJSON"));
  }

  /**
   * The transport that {@link Transport.toJSON} wrote.
   *
   * @throws ShapeError, ArgumentError on anything else
   */
  static fromJSON(json: unknown): Transport {
    const { method, fit } = readTransport(json);
    const transport = new Transport({ method });
    transport.#fit = fit;
    return transport;
  }

  #fitted(member: string): Fit {
    if (this.#fit !== undefined) return this.#fit;
    throw new ArgumentError(
      `Transport.${member}: expected a fitted transport; call fit({ X, Y }) first`,
    );
  }
}

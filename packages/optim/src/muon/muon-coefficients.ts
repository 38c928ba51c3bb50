import { ArgumentError } from "@x/tensor";
import type { OddPolynomial } from "./odd-polynomial";
import { polarExpressCoeffs } from "./polar-express";

/**
 * Names of polynomials for {@link orthogonalize}, all but `polarExpress` fixed tables.
 *
 * - `jordan`: one steep quintic, which ends in a band around 1 and not at 1
 * - `polarExpress`: computed for the number of steps and singular values from 1e-3 to 1
 * - `modded5`: five quintics found by search
 * - `cubic`, `pade`: (3/2, −1/2, 0) and (15/8, −10/8, 3/8), which converge to 1, slowly at first
 */
export type MuonCoefficientsName = "jordan" | "polarExpress" | "modded5" | "cubic" | "pade";

/** A named schedule, or rows (a, b, c) of a·s + b·s³ + c·s⁵, one for each step. */
export type MuonCoefficients = MuonCoefficientsName | readonly (readonly number[])[];

const tables: Readonly<
  Record<Exclude<MuonCoefficientsName, "polarExpress">, readonly OddPolynomial[]>
> = {
  jordan: [[3.4445, -4.775, 2.0315]],
  modded5: [
    [4.0848, -6.8946, 2.927],
    [3.9505, -6.3029, 2.6377],
    [3.7418, -5.5913, 2.3037],
    [2.8769, -3.1427, 1.2046],
    [2.8366, -3.0525, 1.2012],
  ],
  cubic: [[3 / 2, -1 / 2, 0]],
  pade: [[15 / 8, -10 / 8, 3 / 8]],
};

/**
 * One polynomial for each step; where more steps are asked for than there are rows, the last one repeats.
 *
 * @param caller - name for error messages
 * @throws ArgumentError for unknown names, rows that are not three finite numbers, steps out of 1 … 100
 */
export function resolveCoefficients(
  caller: string,
  coeffs: MuonCoefficients,
  steps: number,
): readonly OddPolynomial[] {
  if (!Number.isInteger(steps) || steps < 1 || steps > 100) {
    throw new ArgumentError(`${caller}: expected nsSteps, an integer from 1 to 100; got ${steps}`, {
      nsSteps: steps,
    });
  }
  const rows =
    coeffs === "polarExpress" ? polarExpressCoeffs({ steps }).coeffs : table(caller, coeffs);
  return Array.from(
    { length: steps },
    (_, i) => rows[Math.min(i, rows.length - 1)] as OddPolynomial,
  );
}

function table(
  caller: string,
  coeffs: Exclude<MuonCoefficients, "polarExpress">,
): readonly OddPolynomial[] {
  const rows = typeof coeffs === "string" ? tables[coeffs] : coeffs;
  if (rows === undefined) {
    throw new ArgumentError(
      `${caller}: expected coeffs "polarExpress", "${Object.keys(tables).join('", "')}" or rows of three numbers; got ${JSON.stringify(coeffs)}`,
      { coeffs },
    );
  }
  const bad = rows.findIndex((row) => row.length !== 3 || !row.every(Number.isFinite));
  if (rows.length === 0 || bad >= 0) {
    const got = rows.length === 0 ? "no row" : `row ${bad} = [${rows[bad]?.join(", ")}]`;
    throw new ArgumentError(
      `${caller}: expected coeffs with rows of three finite numbers (a, b, c); got ${got}`,
      { coeffs },
    );
  }
  return rows as readonly OddPolynomial[];
}

import type { Tensor } from "@x/tensor";
import { maximum } from "@x/tensor";
import { symmetricFunction } from "@x/tensor/linalg";

/** S^½ of a symmetric matrix; negative eigenvalues, which are rounding errors of zeros, count as zero. */
export const root = (S: Tensor): Tensor => symmetricFunction(S, (λ) => maximum(λ, 0).sqrt());

/** S^−½ of a positive definite matrix. */
export const inverseRoot = (S: Tensor): Tensor => symmetricFunction(S, (λ) => λ.rsqrt());

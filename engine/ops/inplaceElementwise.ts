// In-place forms of the elementwise operations: a line each. The result must have the tensor's shape and fit its dtype.
// Every export is a Tensor method.
import type { Tensor } from "../tensor.js";
import { type InPlace, inPlace } from "../inPlace.js";
import { abs, sign } from "./arithmetic.js";
import { type Limit, type Limits, clamp, clampMin, clampMax } from "./clamp.js";
import { type NanToNumOptions, type ValueOptions, addcdiv, addcmul, lerp, nanToNum } from "./combined.js";
import { eq, ge, gt, le, lt, ne } from "./compare.js";
import { floorDivide, fmod, remainder } from "./division.js";
import { erf, exp2, expm1, log, log10, log1p, log2 } from "./exponential.js";
import {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
} from "./logical.js";
import { pow, reciprocal, rsqrt, square } from "./power.js";
import { type RoundOptions, ceil, floor, frac, round, trunc } from "./rounding.js";
import { type ScanOptions, cumprod, cumsum } from "./scan.js";
import { acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinh, tan } from "./trigonometric.js";

/** torch.Tensor.abs_. */
export const abs_: InPlace<[]> = inPlace("abs_", abs);
/** torch.Tensor.sign_. */
export const sign_: InPlace<[]> = inPlace("sign_", sign);
/** torch.Tensor.clamp_. */
export const clamp_: InPlace<[min?: Limit | Limits, max?: Limit]> = inPlace("clamp_", clamp);
/** torch.Tensor.clamp_min_. */
export const clampMin_: InPlace<[min: Tensor | number]> = inPlace("clampMin_", clampMin);
/** torch.Tensor.clamp_max_. */
export const clampMax_: InPlace<[max: Tensor | number]> = inPlace("clampMax_", clampMax);
/** torch.Tensor.addcdiv_. */
export const addcdiv_: InPlace<[first: Tensor, second: Tensor, options?: ValueOptions]> = inPlace("addcdiv_", addcdiv);
/** torch.Tensor.addcmul_. */
export const addcmul_: InPlace<[first: Tensor, second: Tensor, options?: ValueOptions]> = inPlace("addcmul_", addcmul);
/** torch.Tensor.lerp_. */
export const lerp_: InPlace<[end: Tensor, weight: Tensor | number]> = inPlace("lerp_", lerp);
/** torch.Tensor.nan_to_num_. */
export const nanToNum_: InPlace<[options?: NanToNumOptions]> = inPlace("nanToNum_", nanToNum);
/** torch.Tensor.eq_. */
export const eq_: InPlace<[other: Tensor | number]> = inPlace("eq_", eq);
/** torch.Tensor.ge_. */
export const ge_: InPlace<[other: Tensor | number]> = inPlace("ge_", ge);
/** torch.Tensor.gt_. */
export const gt_: InPlace<[other: Tensor | number]> = inPlace("gt_", gt);
/** torch.Tensor.le_. */
export const le_: InPlace<[other: Tensor | number]> = inPlace("le_", le);
/** torch.Tensor.lt_. */
export const lt_: InPlace<[other: Tensor | number]> = inPlace("lt_", lt);
/** torch.Tensor.ne_. */
export const ne_: InPlace<[other: Tensor | number]> = inPlace("ne_", ne);
/** torch.Tensor.floor_divide_. */
export const floorDivide_: InPlace<[other: Tensor | number]> = inPlace("floorDivide_", floorDivide);
/** torch.Tensor.fmod_. */
export const fmod_: InPlace<[other: Tensor | number]> = inPlace("fmod_", fmod);
/** torch.Tensor.remainder_. */
export const remainder_: InPlace<[other: Tensor | number]> = inPlace("remainder_", remainder);
/** torch.Tensor.erf_. */
export const erf_: InPlace<[]> = inPlace("erf_", erf);
/** torch.Tensor.exp2_. */
export const exp2_: InPlace<[]> = inPlace("exp2_", exp2);
/** torch.Tensor.expm1_. */
export const expm1_: InPlace<[]> = inPlace("expm1_", expm1);
/** torch.Tensor.log_. */
export const log_: InPlace<[]> = inPlace("log_", log);
/** torch.Tensor.log10_. */
export const log10_: InPlace<[]> = inPlace("log10_", log10);
/** torch.Tensor.log1p_. */
export const log1p_: InPlace<[]> = inPlace("log1p_", log1p);
/** torch.Tensor.log2_. */
export const log2_: InPlace<[]> = inPlace("log2_", log2);
/** torch.Tensor.bitwise_and_. */
export const bitwiseAnd_: InPlace<[other: Tensor | number]> = inPlace("bitwiseAnd_", bitwiseAnd);
/** torch.Tensor.bitwise_not_. */
export const bitwiseNot_: InPlace<[]> = inPlace("bitwiseNot_", bitwiseNot);
/** torch.Tensor.bitwise_or_. */
export const bitwiseOr_: InPlace<[other: Tensor | number]> = inPlace("bitwiseOr_", bitwiseOr);
/** torch.Tensor.bitwise_xor_. */
export const bitwiseXor_: InPlace<[other: Tensor | number]> = inPlace("bitwiseXor_", bitwiseXor);
/** torch.Tensor.logical_and_. */
export const logicalAnd_: InPlace<[other: Tensor]> = inPlace("logicalAnd_", logicalAnd);
/** torch.Tensor.logical_not_. */
export const logicalNot_: InPlace<[]> = inPlace("logicalNot_", logicalNot);
/** torch.Tensor.logical_or_. */
export const logicalOr_: InPlace<[other: Tensor]> = inPlace("logicalOr_", logicalOr);
/** torch.Tensor.logical_xor_. */
export const logicalXor_: InPlace<[other: Tensor]> = inPlace("logicalXor_", logicalXor);
/** torch.Tensor.pow_. */
export const pow_: InPlace<[exponent: Tensor | number]> = inPlace("pow_", pow);
/** torch.Tensor.reciprocal_. */
export const reciprocal_: InPlace<[]> = inPlace("reciprocal_", reciprocal);
/** torch.Tensor.rsqrt_. */
export const rsqrt_: InPlace<[]> = inPlace("rsqrt_", rsqrt);
/** torch.Tensor.square_. */
export const square_: InPlace<[]> = inPlace("square_", square);
/** torch.Tensor.ceil_. */
export const ceil_: InPlace<[]> = inPlace("ceil_", ceil);
/** torch.Tensor.floor_. */
export const floor_: InPlace<[]> = inPlace("floor_", floor);
/** torch.Tensor.frac_. */
export const frac_: InPlace<[]> = inPlace("frac_", frac);
/** torch.Tensor.round_. */
export const round_: InPlace<[options?: RoundOptions]> = inPlace("round_", round);
/** torch.Tensor.trunc_. */
export const trunc_: InPlace<[]> = inPlace("trunc_", trunc);
/** torch.Tensor.cumprod_. */
export const cumprod_: InPlace<[dim: number, options?: ScanOptions]> = inPlace("cumprod_", cumprod);
/** torch.Tensor.cumsum_. */
export const cumsum_: InPlace<[dim: number, options?: ScanOptions]> = inPlace("cumsum_", cumsum);
/** torch.Tensor.acos_. */
export const acos_: InPlace<[]> = inPlace("acos_", acos);
/** torch.Tensor.acosh_. */
export const acosh_: InPlace<[]> = inPlace("acosh_", acosh);
/** torch.Tensor.asin_. */
export const asin_: InPlace<[]> = inPlace("asin_", asin);
/** torch.Tensor.asinh_. */
export const asinh_: InPlace<[]> = inPlace("asinh_", asinh);
/** torch.Tensor.atan_. */
export const atan_: InPlace<[]> = inPlace("atan_", atan);
/** torch.Tensor.atan2_. */
export const atan2_: InPlace<[other: Tensor | number]> = inPlace("atan2_", atan2);
/** torch.Tensor.atanh_. */
export const atanh_: InPlace<[]> = inPlace("atanh_", atanh);
/** torch.Tensor.cos_. */
export const cos_: InPlace<[]> = inPlace("cos_", cos);
/** torch.Tensor.cosh_. */
export const cosh_: InPlace<[]> = inPlace("cosh_", cosh);
/** torch.Tensor.sin_. */
export const sin_: InPlace<[]> = inPlace("sin_", sin);
/** torch.Tensor.sinh_. */
export const sinh_: InPlace<[]> = inPlace("sinh_", sinh);
/** torch.Tensor.tan_. */
export const tan_: InPlace<[]> = inPlace("tan_", tan);

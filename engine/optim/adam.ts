// Adam and AdamW (torch.optim.Adam, torch.optim.AdamW): steps scaled by running averages of the gradient and its square.
import { scalar } from "../backend/constants.js";
import { kernel, perDType, typeAttr, withId } from "../backend/native.js";
import type { DType } from "../dtype.js";
import { ArgumentError, expectOptions } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { isFusable } from "./fusedUpdate.js";
import { Optimizer, type ParameterGroup, type ParametersOrGroups, requireAtLeast0 } from "./optimizer.js";

export interface AdamOptions {
  /** Learning rate. Default 0.001. */
  readonly lr?: number;
  /** Decay of the averages of the gradient and of its square. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second average. Default 1e-8. */
  readonly eps?: number;
  /** Adam adds it to the gradient (default 0), AdamW shrinks the parameter by it (default 0.01). */
  readonly weightDecay?: number;
  /** Divide by the largest second average so far (Reddi et al., 2018). */
  readonly amsgrad?: boolean;
  /** Go up the gradient. */
  readonly maximize?: boolean;
}

type Settings = Required<AdamOptions>;

interface State {
  step?: number;
  expAvg?: Tensor;
  expAvgSq?: Tensor;
  maxExpAvgSq?: Tensor;
}

interface Averages {
  readonly expAvg: Tensor;
  readonly expAvgSq: Tensor;
  readonly maxExpAvgSq: Tensor | undefined;
}

/** (variable, m, v, β1 power, β2 power, lr, β1, β2, ε, gradient) */
const adam = perDType((dtype) => kernel("ResourceApplyAdam", [typeAttr("T", dtype)], 10, { outputs: 0 }));
/** The same with the largest v after v. */
const amsAdam = perDType((dtype) => kernel("ResourceApplyAdamWithAmsgrad", [typeAttr("T", dtype)], 11, { outputs: 0 }));

abstract class AdamFamily extends Optimizer<Settings, State> {
  /** Whether weight decay shrinks the parameter instead of entering the gradient (Loshchilov and Hutter, 2019). */
  protected abstract readonly decoupled: boolean;

  protected override checkSettings({ lr, betas, eps, weightDecay }: Settings): void {
    const name = this.constructor.name;
    requireAtLeast0(name, { lr, eps, weightDecay });
    const fits = Array.isArray(betas) && betas.length === 2 && betas.every((beta) => beta >= 0 && beta < 1);
    if (!fits) throw new ArgumentError(`${name}: expected two betas in [0, 1), got [${String(betas)}]`);
  }

  /**
   * m ← m + (1 - β1) (g - m), v ← v + (1 - β2) (g² - v), p ← p - lr m̂ / (√v̂ + ε), where m̂ and v̂ are divided by
   * 1 - β1^t and 1 - β2^t. The kernel wants both corrections in the learning rate and in ε:
   * lr √(1 - β2^t) / (1 - β1^t) · m / (√v + ε √(1 - β2^t)).
   */
  protected override update(p: Tensor, grad: Tensor, state: State, group: ParameterGroup<Settings>): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = group;
    const step = (state.step ?? 0) + 1;
    const fusable = isFusable(p);
    const averages: Averages = {
      expAvg: (state.expAvg ??= p.zerosLike()),
      expAvgSq: (state.expAvgSq ??= p.zerosLike()),
      maxExpAvgSq: amsgrad ? (state.maxExpAvgSq ??= p.zerosLike()) : undefined,
    };
    let g = maximize ? grad.neg() : grad;
    const shrink = this.decoupled && weightDecay !== 0 ? 1 - lr * weightDecay : 1;
    if (!this.decoupled && weightDecay !== 0) g = g.add(p.mul(weightDecay));
    // The kernel holds the betas in the parameter's dtype; only with the same betas do the corrections fit its averages.
    const [beta1, beta2] = fusable ? betas.map((beta) => rounded(beta, p.dtype)) : betas;
    const correction = Math.sqrt(1 - beta2 ** step);
    const rate = (lr * correction) / (1 - beta1 ** step);
    const epsilon = eps * correction;
    if (fusable) this.#updateFused(p, g, averages, { betas, rate, epsilon, shrink });
    else this.#updateByOperations(p, g, averages, { betas, rate, epsilon, shrink });
    state.step = step;
  }

  #updateFused(p: Tensor, g: Tensor, { expAvg, expAvgSq, maxExpAvgSq }: Averages, now: Numbers): void {
    const { dtype, device } = p;
    if (now.shrink !== 1) {
      const shrunk = p.mul(this.fused.number("shrink", now.shrink, p));
      this.fused.replace(p, shrunk);
      // Now only the variable has these bytes, and the kernel writes to them without making a copy first.
      withId(shrunk.storage, (id, addon) => addon.free(id));
    }
    const constant = (value: number) => scalar(device, dtype, value);
    const numbers = [
      constant(0), // no corrections of its own
      constant(0),
      this.fused.number("rate", now.rate, p).storage,
      constant(now.betas[0]),
      constant(now.betas[1]),
      this.fused.number("epsilon", now.epsilon, p).storage,
    ];
    if (maxExpAvgSq) {
      this.fused.run(amsAdam(dtype), [p, expAvg, expAvgSq, maxExpAvgSq], [...numbers, g.strided()]);
    } else this.fused.run(adam(dtype), [p, expAvg, expAvgSq], [...numbers, g.strided()]);
  }

  /** For half precisions, whose 1 - β2 would be 0: computed in float32, and each result rounded once. On meta: shapes. */
  #updateByOperations(p: Tensor, grad: Tensor, averages: Averages, now: Numbers): void {
    const wide: DType = p.dtype === "float64" ? "float64" : "float32";
    const store = (x: Tensor, value: Tensor) => x.overwrite(value.to(x.dtype));
    const { expAvg, expAvgSq, maxExpAvgSq } = averages;
    const g = grad.to(wide);
    const m = expAvg
      .to(wide)
      .mul(now.betas[0])
      .add(g.mul(1 - now.betas[0]));
    const v = expAvgSq
      .to(wide)
      .mul(now.betas[1])
      .add(g.square().mul(1 - now.betas[1]));
    const most = maxExpAvgSq ? maxExpAvgSq.to(wide).maximum(v) : v;
    const before = p.to(wide).mul(this.fused.number("shrink", now.shrink, g));
    const divisor = most.sqrt().add(this.fused.number("epsilon", now.epsilon, g));
    store(p, before.sub(m.mul(this.fused.number("rate", now.rate, g)).div(divisor)));
    store(expAvg, m);
    store(expAvgSq, v);
    if (maxExpAvgSq) store(maxExpAvgSq, most);
  }
}

/** What one step's kernel needs besides the tensors. */
interface Numbers {
  readonly betas: readonly [number, number];
  readonly rate: number;
  readonly epsilon: number;
  readonly shrink: number;
}

const rounded = (value: number, dtype: DType): number => (dtype === "float32" ? Math.fround(value) : value);

/** Adam (Kingma and Ba, 2015; torch.optim.Adam). */
export class Adam extends AdamFamily {
  protected override get decoupled(): boolean {
    return false;
  }

  constructor(parameters: ParametersOrGroups<Settings>, options: AdamOptions = {}) {
    super(parameters, settingsOf("Adam", options, 0));
  }
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019; torch.optim.AdamW). */
export class AdamW extends AdamFamily {
  protected override get decoupled(): boolean {
    return true;
  }

  constructor(parameters: ParametersOrGroups<Settings>, options: AdamOptions = {}) {
    super(parameters, settingsOf("AdamW", options, 0.01));
  }
}

const settingsOf = (op: string, options: AdamOptions, decay: number): Settings => {
  expectOptions(op, options, "{ lr: 0.1 }");
  const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, amsgrad = false, maximize = false } = options;
  return { lr, betas, eps, weightDecay: options.weightDecay ?? decay, amsgrad, maximize };
};

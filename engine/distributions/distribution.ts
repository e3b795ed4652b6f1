// The base of distributions (torch.distributions.Distribution): shapes, checks of parameters and values, what follows from
// the rest. It must not know any one distribution.
import { tensor } from "../create.js";
import type { DType } from "../dtype.js";
import { ArgumentError, shapeText, expectOptions } from "../errors.js";
import { expectTensor } from "../op.js";
import { type Shape, broadcastShapes, sameShape } from "../shape.js";
import { enableGrad, noGrad } from "../state.js";
import { Tensor } from "../tensor.js";

export interface DistributionOptions {
  /** Check parameters and values. Default true, or what `Distribution.setDefaultValidateArgs` was told. */
  readonly validateArgs?: boolean;
}

let validatesByDefault = true;

/** Random variables of `batchShape`, one for each of the parameters, every one a tensor of `eventShape`. */
export abstract class Distribution {
  protected readonly validates: boolean;

  protected constructor(
    readonly batchShape: Shape,
    readonly eventShape: Shape,
    options: DistributionOptions,
  ) {
    const { validateArgs = validatesByDefault } = expectOptions(
      this.constructor.name,
      options,
      "{ validateArgs: false }",
    );
    this.validates = validateArgs;
  }

  /** Whether distributions made from now on check parameters and values (set_default_validate_args). */
  static setDefaultValidateArgs(value: boolean): void {
    validatesByDefault = value;
  }

  abstract get mean(): Tensor;
  abstract get variance(): Tensor;
  /** The most probable value; NaN where there is none. */
  abstract get mode(): Tensor;
  /** Logarithm of the probability (or its density) of `value`, which is broadcast with the batch. */
  abstract logProb(value: Tensor): Tensor;
  /** In nats, per element of the batch. */
  abstract entropy(): Tensor;
  /** Parameters by name, for printing. */
  protected abstract parameters(): Readonly<Record<string, Tensor>>;
  /** Whether values are possible, element by element. */
  protected abstract supports(value: Tensor): Tensor;
  /** The values that are possible, in words. */
  protected abstract readonly supportText: string;

  get stddev(): Tensor {
    return this.variance.sqrt();
  }

  /** e to the entropy. */
  perplexity(): Tensor {
    return this.entropy().exp();
  }

  /** Draws of shape [...sampleShape, ...batchShape, ...eventShape], without a gradient. */
  sample(sampleShape: Shape = []): Tensor {
    return noGrad(() => this.rsample(sampleShape));
  }

  /** Draws through which gradients flow to the parameters, where the distribution can. */
  rsample(_sampleShape: Shape = []): Tensor {
    const name = this.constructor.name;
    throw new ArgumentError(`${name}: rsample has no gradient here; use sample(), and logProb() for a score`);
  }

  /** The shape of draws. */
  protected extendedShape(sampleShape: Shape = []): Shape {
    if (!Array.isArray(sampleShape) || !sampleShape.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new ArgumentError(
        `${this.constructor.name}.sample: expected sampleShape as an array of sizes, got ${JSON.stringify(sampleShape)}`,
      );
    }
    return [...(sampleShape as Shape), ...this.batchShape, ...this.eventShape];
  }

  /** Refuses values that cannot be, when the distribution checks. */
  protected checkValue(value: Tensor): void {
    const name = this.constructor.name;
    expectTensor(`${name}.logProb`, "value", value);
    if (!this.validates) return;
    broadcastShapes(`${name}.logProb`, value.shape, [...this.batchShape, ...this.eventShape]);
    const wrong = firstWrong(value, this.supports(value));
    if (wrong !== undefined) {
      throw new ArgumentError(`${name}.logProb: expected values ${this.supportText}, got ${wrong}`);
    }
  }

  /** Refuses parameters of which `holds` is not true everywhere, when the distribution checks. */
  protected checkParameter(name: string, value: Tensor, expected: string, holds: (value: Tensor) => Tensor): void {
    if (!this.validates) return;
    const wrong = noGrad(() => firstWrong(value, holds(value.detach())));
    if (wrong !== undefined) {
      throw new ArgumentError(
        `${this.constructor.name}: expected ${name} ${expected}, got ${wrong} in a tensor of ${shapeText(value.shape)}`,
      );
    }
  }

  /** As PyTorch prints it: a value where there is one, else the shape. */
  toString(): string {
    const text = Object.entries(this.parameters()).map(
      ([name, x]) => `${name}: ${x.numel() === 1 ? x.detach().reshape([]).item() : shapeText(x.shape)}`,
    );
    return `${this.constructor.name}(${text.join(", ")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** The first element of `value` for which a test of the same shape (or one that is broadcast) fails. */
function firstWrong(value: Tensor, holds: Tensor): number | undefined {
  if (value.device.type === "meta" || holds.numel() === 0 || holds.all().item() === 1) return undefined;
  const at = holds.to("int32").reshape([-1]).argmin().item();
  return value.detach().expand(holds.shape).reshape([-1]).select(0, at).item();
}

/** Numbers and tensors as tensors of one shape (torch.distributions.utils.broadcast_all). */
export function broadcastAll(op: string, values: Readonly<Record<string, Tensor | number>>): readonly Tensor[] {
  const given = Object.values(values).find((value) => value instanceof Tensor);
  const like: { dtype: DType; device?: Tensor["device"] } = given
    ? { dtype: given.dtype, device: given.device }
    : { dtype: "float32" };
  const tensors = Object.entries(values).map(([name, value]) => {
    if (typeof value === "number") return tensor(value, like);
    expectTensor(op, name, value);
    return value;
  });
  const shape = tensors.reduce<Shape>((all, { shape: own }) => broadcastShapes(op, all, own), []);
  return tensors.map((x) => (sameShape(x.shape, shape) ? x : x.expand(shape)));
}

/** Exactly one of two parameters. */
export function oneOf(
  op: string,
  first: Tensor | number | undefined,
  second: Tensor | number | undefined,
  names: string,
): void {
  if ((first === undefined) === (second === undefined)) {
    const got = first === undefined ? "neither" : "both";
    throw new ArgumentError(`${op}: expected either ${names}, got ${got}`);
  }
}

/** A value that is computed when it is first asked for, with its history whatever the grad mode then. */
export function lazily(make: () => Tensor): () => Tensor {
  let made: Tensor | undefined;
  return () => (made ??= enableGrad(make));
}

/** The distance from 1 to the next number. */
const precision: Readonly<Partial<Record<DType, number>>> = {
  float64: 2 ** -52,
  float32: 2 ** -23,
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
};

/** Probabilities kept away from 0 and 1, so that their logarithms are finite. */
export function clampProbs(probs: Tensor): Tensor {
  const eps = precision[probs.dtype] ?? 2 ** -23;
  return probs.clamp(eps, 1 - eps);
}

// The categorical distribution (torch.distributions.Categorical): one of some classes.
import { zeros } from "../create.js";
import { type DType, isFloating } from "../dtype.js";
import { DTypeError, ShapeError, expectOptions } from "../errors.js";
import { multinomial } from "../multinomial.js";
import { expectTensor } from "../op.js";
import { type Shape, broadcastShapes, sizeOf } from "../shape.js";
import { noGrad } from "../state.js";
import { Tensor } from "../tensor.js";
import { clampProbs, Distribution, type DistributionOptions, lazily, oneOf } from "./distribution.js";

export interface CategoricalParameters extends DistributionOptions {
  /** Probabilities of the classes along the last dim; they are divided by their sum. */
  readonly probs?: Tensor;
  /** Logarithms of probabilities, up to a constant: probs = softmax(logits). */
  readonly logits?: Tensor;
}

/** The least finite number. */
const lowest: Readonly<Partial<Record<DType, number>>> = {
  float32: -(2 - 2 ** -23) * 2 ** 127,
  float16: -65504,
  bfloat16: -(2 - 2 ** -7) * 2 ** 127,
};

/** `new Categorical(probs)`, or `new Categorical({ logits })`. Values are class numbers, int64. */
export class Categorical extends Distribution {
  readonly #probs: () => Tensor;
  readonly #logits: () => Tensor;
  readonly #given: Readonly<Record<string, Tensor>>;
  readonly #classes: number;

  constructor(parameters: Tensor | CategoricalParameters, options: DistributionOptions = {}) {
    expectOptions("Categorical", options, "{ logits }");
    const named: CategoricalParameters = parameters instanceof Tensor ? { probs: parameters } : parameters;
    const { probs, logits, ...more } = named;
    oneOf("Categorical", probs, logits, "probs or logits");
    const given = (probs ?? logits) as Tensor;
    const name = probs === undefined ? "logits" : "probs";
    expectTensor("Categorical", name, given);
    if (given.ndim < 1)
      throw new ShapeError(`Categorical: expected ${name} of at least one dimension, got a 0-d tensor`);
    if (!isFloating(given.dtype)) {
      throw new DTypeError(`Categorical: expected ${name} of a floating dtype, got ${given.dtype}`);
    }
    super(given.shape.slice(0, -1), [], { ...options, ...more });
    this.#classes = given.shape[given.ndim - 1];
    if (probs === undefined) {
      const normalised = given.logSoftmax(-1);
      this.#given = { logits: normalised };
      this.#logits = () => normalised;
      this.#probs = lazily(() => normalised.softmax(-1));
      this.checkParameter("logits", given, "without NaN or infinity in every class", (x) =>
        x.logSoftmax(-1).eq(x.logSoftmax(-1)),
      );
    } else {
      const normalised = given.div(given.sum(-1, { keepdim: true }));
      this.#given = { probs: normalised };
      this.#probs = () => normalised;
      this.#logits = lazily(() => clampProbs(normalised).log());
      // NaN, the quotient of 0 and 0, fails the comparison.
      this.checkParameter("probs", given, ">= 0 with a sum that is finite and > 0", (x) => {
        const parts = x.div(x.sum(-1, { keepdim: true }));
        return parts.ge(0).logicalAnd(x.ge(0));
      });
    }
  }

  get probs(): Tensor {
    return this.#probs();
  }

  /** Normalised: the logarithms of `probs`. */
  get logits(): Tensor {
    return this.#logits();
  }

  protected get supportText(): string {
    return `that are class numbers from 0 to ${this.#classes - 1}`;
  }

  /** NaN: classes have no mean. */
  override get mean(): Tensor {
    return this.probs.detach().sum(-1).mul(NaN);
  }

  override get variance(): Tensor {
    return this.mean;
  }

  override get mode(): Tensor {
    return this.probs.argmax(-1);
  }

  override sample(sampleShape: Shape = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    return noGrad(() => {
      const rows = this.probs.detach().reshape([sizeOf(this.batchShape), this.#classes]);
      const count = sizeOf(sampleShape);
      if (count === 0) return zeros(shape, { dtype: "int64", device: rows.device });
      return multinomial(rows, count, { replacement: true }).t().reshape(shape);
    });
  }

  override logProb(value: Tensor): Tensor {
    this.checkValue(value);
    const { logits } = this;
    const batch = broadcastShapes("Categorical.logProb", value.shape, this.batchShape);
    const index = value.to("int64").expand(batch).unsqueeze(-1);
    return logits
      .expand([...batch, this.#classes])
      .gather(-1, index)
      .squeeze(-1);
  }

  override entropy(): Tensor {
    // A class of probability 0 adds nothing, though its logarithm may be infinite.
    const { logits, probs } = this;
    return logits
      .clampMin(lowest[logits.dtype] ?? -Number.MAX_VALUE)
      .mul(probs)
      .sum(-1)
      .neg();
  }

  protected override supports(value: Tensor): Tensor {
    const whole = isFloating(value.dtype) ? value.floor().eq(value) : value.eq(value);
    return whole.logicalAnd(value.ge(0)).logicalAnd(value.lt(this.#classes));
  }

  protected override parameters(): Readonly<Record<string, Tensor>> {
    return this.#given;
  }
}

// The Bernoulli distribution (torch.distributions.Bernoulli): 1 with a probability, else 0.
import { expectOptions } from "../errors.js";
import { rand } from "../create.js";
import { where } from "../functional/where.js";
import type { Shape } from "../shape.js";
import { noGrad } from "../state.js";
import { Tensor } from "../tensor.js";
import { broadcastAll, clampProbs, Distribution, type DistributionOptions, lazily, oneOf } from "./distribution.js";

export interface BernoulliParameters extends DistributionOptions {
  /** Probability of 1. */
  readonly probs?: Tensor | number;
  /** Logarithm of its odds: probs = σ(logits). */
  readonly logits?: Tensor | number;
}

/** `new Bernoulli(probs)`, or `new Bernoulli({ logits })`. Values are 0 and 1 of the parameter's dtype. */
export class Bernoulli extends Distribution {
  readonly #probs: () => Tensor;
  readonly #logits: () => Tensor;
  readonly #given: Readonly<Record<string, Tensor>>;
  protected readonly supportText = "0 or 1";

  constructor(parameters: Tensor | number | BernoulliParameters, options: DistributionOptions = {}) {
    expectOptions("Bernoulli", options, "{ logits }");
    const named = typeof parameters === "number" || parameters instanceof Tensor ? { probs: parameters } : parameters;
    const { probs, logits, ...more }: BernoulliParameters = named;
    oneOf("Bernoulli", probs, logits, "probs or logits");
    const [given] = broadcastAll("Bernoulli", probs === undefined ? { logits: logits as Tensor } : { probs });
    super(given.shape, [], { ...options, ...more });
    if (probs === undefined) {
      this.#given = { logits: given };
      this.#logits = () => given;
      this.#probs = lazily(() => given.sigmoid());
      this.checkParameter("logits", given, "without NaN", (x) => x.eq(x));
    } else {
      this.#given = { probs: given };
      this.#probs = () => given;
      this.#logits = lazily(() => {
        const inside = clampProbs(given);
        return inside.log().sub(inside.neg().log1p());
      });
      this.checkParameter("probs", given, "from 0 to 1", (x) => x.ge(0).logicalAnd(x.le(1)));
    }
  }

  get probs(): Tensor {
    return this.#probs();
  }

  get logits(): Tensor {
    return this.#logits();
  }

  override get mean(): Tensor {
    return this.probs;
  }

  override get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }

  override get mode(): Tensor {
    const { probs } = this;
    return where(probs.eq(0.5), probs.fullLike(NaN), probs.ge(0.5).to(probs.dtype));
  }

  override sample(sampleShape: Shape = []): Tensor {
    return noGrad(() => {
      const { dtype, device } = this.probs;
      return rand(this.extendedShape(sampleShape), { dtype, device }).lt(this.probs).to(dtype);
    });
  }

  override logProb(value: Tensor): Tensor {
    this.checkValue(value);
    return expectedLogProb(this.logits, value.to(this.logits.dtype));
  }

  override entropy(): Tensor {
    return expectedLogProb(this.logits, this.probs).neg();
  }

  protected override supports(value: Tensor): Tensor {
    return value.eq(0).logicalOr(value.eq(1));
  }

  protected override parameters(): Readonly<Record<string, Tensor>> {
    return this.#given;
  }
}

/** x l - max(l, 0) - ln(1 + e^-|l|): that of 1 with weight x and that of 0 with the rest, without overflow. */
function expectedLogProb(logits: Tensor, x: Tensor): Tensor {
  const zero = logits.detach().zerosLike();
  return logits.mul(x).sub(logits.maximum(zero)).sub(logits.abs().neg().exp().log1p());
}

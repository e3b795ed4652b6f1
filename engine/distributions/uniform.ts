// The uniform distribution (torch.distributions.Uniform).
import { rand } from "../create.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastAll, Distribution, type DistributionOptions } from "./distribution.js";

/** Uniform in [low, high), which are broadcast; numbers make float32. */
export class Uniform extends Distribution {
  readonly low: Tensor;
  readonly high: Tensor;
  protected readonly supportText = "from low to high";

  constructor(low: Tensor | number, high: Tensor | number, options: DistributionOptions = {}) {
    const [from, to] = broadcastAll("Uniform", { low, high });
    super(from.shape, [], options);
    this.low = from;
    this.high = to;
    this.checkParameter("low", from, "< high", (x) => x.lt(to.detach()));
  }

  override get mean(): Tensor {
    return this.high.add(this.low).div(2);
  }

  override get mode(): Tensor {
    return this.high.mul(NaN);
  }

  override get stddev(): Tensor {
    return this.high.sub(this.low).div(Math.sqrt(12));
  }

  override get variance(): Tensor {
    return this.high.sub(this.low).square().div(12);
  }

  /** low + u (high - low) with u uniform in [0, 1): gradients flow to both. */
  override rsample(sampleShape: Shape = []): Tensor {
    const { dtype, device } = this.low;
    return this.low.add(rand(this.extendedShape(sampleShape), { dtype, device }).mul(this.high.sub(this.low)));
  }

  /** -ln(high - low) inside, -∞ outside of [low, high). */
  override logProb(value: Tensor): Tensor {
    this.checkValue(value);
    const inside = this.low.le(value).logicalAnd(this.high.gt(value)).to(this.low.dtype);
    return inside.log().sub(this.high.sub(this.low).log());
  }

  override entropy(): Tensor {
    return this.high.sub(this.low).log();
  }

  protected override supports(value: Tensor): Tensor {
    return value.ge(this.low).logicalAnd(value.le(this.high));
  }

  protected override parameters(): Readonly<Record<string, Tensor>> {
    return { low: this.low, high: this.high };
  }
}

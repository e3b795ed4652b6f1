// The normal distribution (torch.distributions.Normal).
import { randn } from "../create.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastAll, Distribution, type DistributionOptions } from "./distribution.js";

/** Normal of mean `loc` and standard deviation `scale`, which are broadcast; numbers make float32. */
export class Normal extends Distribution {
  readonly loc: Tensor;
  readonly scale: Tensor;
  protected readonly supportText = "that are no NaN";

  constructor(loc: Tensor | number, scale: Tensor | number, options: DistributionOptions = {}) {
    const [mean, spread] = broadcastAll("Normal", { loc, scale });
    super(mean.shape, [], options);
    this.loc = mean;
    this.scale = spread;
    this.checkParameter("loc", mean, "without NaN", (x) => x.eq(x));
    this.checkParameter("scale", spread, "> 0", (x) => x.gt(0));
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get stddev(): Tensor {
    return this.scale;
  }

  override get variance(): Tensor {
    return this.scale.square();
  }

  /** loc + scale ε with ε standard normal: gradients flow to both. */
  override rsample(sampleShape: Shape = []): Tensor {
    const { dtype, device } = this.loc;
    return this.loc.add(randn(this.extendedShape(sampleShape), { dtype, device }).mul(this.scale));
  }

  override logProb(value: Tensor): Tensor {
    this.checkValue(value);
    // -(x - μ)² / 2σ² - ln σ - ln √2π
    const distance = value.sub(this.loc).square().div(this.variance.mul(2));
    return distance
      .neg()
      .sub(this.scale.log())
      .sub(Math.log(Math.sqrt(2 * Math.PI)));
  }

  /** Probability of a value of at most `value`. */
  cdf(value: Tensor): Tensor {
    this.checkValue(value);
    return value.sub(this.loc).div(this.scale).div(Math.SQRT2).erf().add(1).mul(0.5);
  }

  override entropy(): Tensor {
    return this.scale.log().add(0.5 + 0.5 * Math.log(2 * Math.PI));
  }

  protected override supports(value: Tensor): Tensor {
    return value.eq(value);
  }

  protected override parameters(): Readonly<Record<string, Tensor>> {
    return { loc: this.loc, scale: this.scale };
  }
}

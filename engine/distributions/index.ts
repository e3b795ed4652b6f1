// torch.distributions.
export { Bernoulli, type BernoulliParameters } from "./bernoulli.js";
export { Categorical, type CategoricalParameters } from "./categorical.js";
export { Distribution, type DistributionOptions } from "./distribution.js";
export { Normal } from "./normal.js";
export { Uniform } from "./uniform.js";

// `vision.transforms`: torchvision's names.
export { Compose } from "./compose.js";
export { Lambda } from "./lambda.js";
export { Normalize } from "./normalize.js";
export { ToTensor } from "./toTensor.js";
export type { Transform, TransformLike } from "./transform.js";

// `vision.transforms`: torchvision's names.
export { Compose } from "./compose.js";
export { CenterCrop, RandomCrop, type RandomCropOptions } from "./crop.js";
export { RandomHorizontalFlip, RandomVerticalFlip } from "./flip.js";
export type { Padding, PaddingMode, Size } from "./geometry.js";
export { Grayscale } from "./grayscale.js";
export { Lambda } from "./lambda.js";
export { Normalize } from "./normalize.js";
export { Pad, type PadOptions } from "./pad.js";
export { Resize, type Interpolation, type ResizeOptions } from "./resize.js";
export type { FillValue } from "./take.js";
export { ToTensor } from "./toTensor.js";
export type { Transform, TransformLike } from "./transform.js";

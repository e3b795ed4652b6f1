// `vision.io`: torchvision's names.
export { ImageError, type ImageProblem } from "./header.js";
export type { ImageMode } from "./modes.js";
export { decodeImage, readImage, type ReadImageOptions } from "./read.js";
export { encodeJpeg, encodePng, writeJpeg, writePng, type JpegOptions, type PngOptions } from "./write.js";

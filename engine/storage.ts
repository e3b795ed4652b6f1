// The unit of memory: one immutable TensorFlow buffer behind a stable id. In-place operations exchange the contents and
// raise the version; V8's collection of this object frees the buffer (the addon wraps it when it is made).
import type { NativeId } from "./native/binding.js";

/** "nhwc": the bytes of a logical NCHW tensor lie in NHWC order, where convolution kernels want them. */
export type Layout = "strided" | "nhwc";

export class Storage {
  /** Native id; 0 on the meta device, where nothing is held. */
  id: NativeId = 0;
  /** How often the contents were replaced; the tape compares it to find in-place changes of saved tensors. */
  version = 0;

  constructor(public layout: Layout) {}
}

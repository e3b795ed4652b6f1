// Pooling to a size that is asked for: window i of n over a length L goes from ⌊i L / n⌋ to ⌈(i + 1) L / n⌉.
import { ArgumentError } from "../errors.js";
import { type Declared, declare, expectTensor } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { avgPool2d } from "./avgPool.js";
import { cat } from "./join.js";
import { maxPool2d } from "./maxPool.js";
import { poolSamples } from "./poolSamples.js";
import { batched, expectImages } from "./spatial.js";

/** One size for both, or [height, width]; null keeps the input's. */
export type OutputSize = number | readonly [number | null, number | null];

type Two = readonly [number, number];
type Part = readonly [start: number, length: number];

function sizesOf(op: string, shape: Shape, size: OutputSize): Two {
  const both: readonly unknown[] = Array.isArray(size) ? size : [size, size];
  const sizes = both.map((n, i) => (n === null ? shape[2 + i] : n));
  if (sizes.length !== 2 || sizes.some((n) => !Number.isInteger(n) || (n as number) < 1)) {
    throw new ArgumentError(`${op}: expected an output size >= 1 or a pair of them, got ${JSON.stringify(size)}`);
  }
  return sizes as unknown as Two;
}

const partsOf = (length: number, parts: number): readonly Part[] =>
  Array.from({ length: parts }, (_, i) => {
    const start = Math.floor((i * length) / parts);
    return [start, Math.ceil(((i + 1) * length) / parts) - start];
  });

/** The kernel of an ordinary pooling that does the same, when the sizes divide. */
const evenKernel = ([, , h, w]: Shape, [rows, columns]: Two): Two | undefined =>
  h % rows === 0 && w % columns === 0 && h > 0 && w > 0 ? [h / rows, w / columns] : undefined;

/** Parts side by side; one part needs no copy. */
const joined = (parts: readonly Tensor[], dim: number): Tensor => (parts.length === 1 ? parts[0] : cat(parts, dim));

type AdaptivePool = ((x: Tensor, outputSize: OutputSize) => Tensor) & Declared;

/**
 * Averages over as many windows as asked for (torch.nn.functional.adaptive_avg_pool2d).
 * @param x [N, C, H, W] or [C, H, W]
 */
export const adaptiveAvgPool2d: AdaptivePool = declare(
  {
    name: "adaptiveAvgPool2d",
    torch: "F.adaptive_avg_pool2d(a, (2, 3))",
    vjp: "composed",
    samples: poolSamples.adaptiveAvgPool2d,
  },
  (x: Tensor, outputSize: OutputSize) => {
    expectTensor("adaptiveAvgPool2d", "input", x);
    expectImages("adaptiveAvgPool2d", x);
    return batched(x, 3, (images) => {
      const size = sizesOf("adaptiveAvgPool2d", images.shape, outputSize);
      if (size[0] === 1 && size[1] === 1) return images.mean([2, 3], { keepdim: true });
      const even = evenKernel(images.shape, size);
      if (even) return avgPool2d(images, even);
      // All windows of a row of windows are equally high: an average of averages is the average.
      const rows = partsOf(images.shape[2], size[0]).map(([at, n]) =>
        images.narrow(2, at, n).mean(2, { keepdim: true }),
      );
      const high = joined(rows, 2);
      return joined(
        partsOf(images.shape[3], size[1]).map(([at, n]) => high.narrow(3, at, n).mean(3, { keepdim: true })),
        3,
      );
    });
  },
);

/**
 * Largest values of as many windows as asked for (torch.nn.functional.adaptive_max_pool2d).
 * @param x [N, C, H, W] or [C, H, W]
 */
export const adaptiveMaxPool2d: AdaptivePool = declare(
  {
    name: "adaptiveMaxPool2d",
    torch: "F.adaptive_max_pool2d(a, (2, 3))",
    vjp: "composed",
    samples: poolSamples.adaptiveMaxPool2d,
  },
  (x: Tensor, outputSize: OutputSize) => {
    expectTensor("adaptiveMaxPool2d", "input", x);
    expectImages("adaptiveMaxPool2d", x);
    return batched(x, 3, (images) => {
      const size = sizesOf("adaptiveMaxPool2d", images.shape, outputSize);
      const even = evenKernel(images.shape, size);
      if (even) return maxPool2d(images, even);
      const columns = partsOf(images.shape[3], size[1]);
      const rows = partsOf(images.shape[2], size[0]).map(([top, height]) => {
        const band = images.narrow(2, top, height);
        return joined(
          columns.map(([left, width]) => maxPool2d(band.narrow(3, left, width), [height, width])),
          3,
        );
      });
      return joined(rows, 2);
    });
  },
);

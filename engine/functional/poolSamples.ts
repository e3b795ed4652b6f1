// Calls of the poolings that the tests make. Beside the files that declare them, which would not be read for these.
import type { Sample } from "../op.js";

const x = (...shape: number[]) => ({ shape });
const single = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;
const values = (nested: readonly unknown[], dtype: "float32" | "float64" = "float64") => ({ values: nested, dtype });
const odd = [
  [NaN, 1, 2, NaN, -Infinity, -Infinity],
  [3, 2, 7, 8, -Infinity, -Infinity],
  [Infinity, 4, 5, 5, -1, -Infinity],
  [4, Infinity, 5, 5, -2, -3],
];
const ties = [
  [1, 1, 2, 2],
  [1, 1, 2, 3],
  [0, 0, 3, 3],
  [0, 0, 3, 3],
];

const maxPool2d: readonly Sample[] = [
  { in: [x(2, 3, 6, 5)], args: [2] },
  { in: [x(2, 3, 6, 6)], args: [3, { stride: 2 }], torch: "F.max_pool2d(a, 3, stride=2)" },
  { in: [x(1, 2, 6, 6)], args: [[3, 2], { padding: [1, 0] }], torch: "F.max_pool2d(a, (3, 2), padding=(1, 0))" },
  { in: [x(2, 4, 4)], args: [2] },
  { in: [values([[ties]])], args: [2], gradcheck: false },
  { in: [values([[ties]])], args: [3, { stride: 1 }], torch: "F.max_pool2d(a, 3, stride=1)", gradcheck: false },
  { in: [x(0, 2, 4, 4)], args: [2], gradcheck: false },
  {
    in: [x(1, 2, 7, 6)],
    args: [3, { stride: 2, padding: 1, ceilMode: true }],
    torch: "F.max_pool2d(a, 3, stride=2, padding=1, ceil_mode=True)",
  },
  { in: [x(1, 1, 5, 4)], args: [2, { ceilMode: true }], torch: "F.max_pool2d(a, 2, ceil_mode=True)" },
  {
    in: [x(1, 2, 8, 7)],
    args: [[2, 3], { stride: [2, 1], dilation: [2, 2], padding: [1, 0] }],
    torch: "F.max_pool2d(a, (2, 3), stride=(2, 1), dilation=(2, 2), padding=(1, 0))",
  },
  {
    in: [x(2, 2, 5, 6)],
    args: [3, { stride: 2, padding: 1, returnIndices: true }],
    torch: "F.max_pool2d(a, 3, stride=2, padding=1, return_indices=True)",
  },
  {
    in: [x(1, 2, 7, 7)],
    args: [2, { stride: 2, dilation: 3, padding: 1, returnIndices: true, ceilMode: true }],
    torch: "F.max_pool2d(a, 2, stride=2, dilation=3, padding=1, return_indices=True, ceil_mode=True)",
  },
  { in: [{ shape: [2, 3, 4, 5], transposed: true }], args: [2] },
  { in: [values([[odd]])], args: [2], gradcheck: false },
  { in: [values([odd], "float32")], args: [2], gradcheck: false },
  {
    in: [values([[odd]])],
    args: [[2, 1], { dilation: 2, padding: [1, 0], stride: 1 }],
    torch: "F.max_pool2d(a, (2, 1), dilation=2, padding=(1, 0), stride=1)",
    gradcheck: false,
  },
  {
    in: [values([[odd]], "float32")],
    args: [[2, 2], { padding: 1, stride: 3 }],
    torch: "F.max_pool2d(a, (2, 2), padding=1, stride=3)",
    gradcheck: false,
  },
  { in: [single(2, 3, 6, 5)], args: [2] },
  { in: [{ shape: [2, 2, 4, 4], dtype: "bfloat16" }], args: [2] },
];

const maxPool1d: readonly Sample[] = [
  { in: [x(2, 3, 6)], args: [2] },
  { in: [x(2, 3, 7)], args: [3, { stride: 2, padding: 1 }], torch: "F.max_pool1d(a, 3, stride=2, padding=1)" },
  { in: [x(1, 2, 8)], args: [[2], { dilation: 3 }], torch: "F.max_pool1d(a, 2, dilation=3)" },
  { in: [x(3, 5)], args: [2, { ceilMode: true }], torch: "F.max_pool1d(a, 2, ceil_mode=True)" },
  { in: [x(0, 2, 4)], args: [2], gradcheck: false },
  { in: [values([[[1, 1, 2, 2]]])], args: [2], gradcheck: false },
  { in: [single(2, 3, 6)], args: [3], torch: "F.max_pool1d(a, 3)" },
  { in: [{ shape: [2, 3, 6], transposed: true }], args: [2] },
];

const avgPool2d: readonly Sample[] = [
  { in: [x(2, 3, 6, 5)], args: [2] },
  {
    in: [x(1, 2, 6, 7)],
    args: [[3, 2], { stride: [2, 1], padding: 1 }],
    torch: "F.avg_pool2d(a, (3, 2), stride=(2, 1), padding=1)",
  },
  {
    in: [x(1, 2, 6, 7)],
    args: [3, { stride: 2, padding: 1, countIncludePad: false }],
    torch: "F.avg_pool2d(a, 3, stride=2, padding=1, count_include_pad=False)",
  },
  {
    in: [x(1, 2, 6, 7)],
    args: [3, { stride: 2, padding: 1, ceilMode: true }],
    torch: "F.avg_pool2d(a, 3, stride=2, padding=1, ceil_mode=True)",
  },
  {
    in: [x(1, 1, 5, 6)],
    args: [2, { stride: 3, ceilMode: true, countIncludePad: false }],
    torch: "F.avg_pool2d(a, 2, stride=3, ceil_mode=True, count_include_pad=False)",
  },
  {
    in: [x(1, 2, 4, 4)],
    args: [2, { divisorOverride: 3 }],
    torch: "F.avg_pool2d(a, 2, divisor_override=3)",
  },
  { in: [x(2, 4, 4)], args: [2] },
  { in: [x(0, 2, 4, 4)], args: [2], gradcheck: false },
  { in: [{ shape: [2, 3, 4, 5], transposed: true }], args: [2] },
  { in: [single(2, 3, 7, 6)], args: [3, { padding: 1 }], torch: "F.avg_pool2d(a, 3, padding=1)" },
  { in: [values([[odd]])], args: [2], gradcheck: false },
];

const avgPool1d: readonly Sample[] = [
  { in: [x(2, 3, 6)], args: [2] },
  { in: [x(2, 3, 7)], args: [3, { stride: 2, padding: 1 }], torch: "F.avg_pool1d(a, 3, stride=2, padding=1)" },
  {
    in: [x(1, 2, 8)],
    args: [[3], { padding: [1], countIncludePad: false, ceilMode: true }],
    torch: "F.avg_pool1d(a, 3, padding=1, count_include_pad=False, ceil_mode=True)",
  },
  { in: [x(3, 5)], args: [2] },
  { in: [x(0, 2, 4)], args: [2], gradcheck: false },
  { in: [single(2, 3, 6)], args: [3], torch: "F.avg_pool1d(a, 3)" },
  { in: [{ shape: [2, 3, 6], transposed: true }], args: [2] },
];

const adaptive = (name: string): readonly Sample[] => [
  { in: [x(1, 2, 5, 4)], args: [[2, 3]] },
  { in: [x(2, 2, 4, 3)], args: [[2, 3]] },
  { in: [x(2, 2, 3, 4)], args: [1], torch: `F.${name}(a, 1)` },
  { in: [x(1, 2, 5, 4)], args: [[1, 3]], torch: `F.${name}(a, (1, 3))` },
  { in: [x(1, 5, 4)], args: [3], torch: `F.${name}(a, 3)` },
  { in: [x(1, 2, 3, 4)], args: [[null, 5]], torch: `F.${name}(a, (None, 5))` },
  { in: [{ shape: [2, 1, 4, 3], transposed: true }], args: [[2, 2]], torch: `F.${name}(a, (2, 2))` },
  { in: [single(2, 3, 5, 7)], args: [[2, 3]] },
];

export const poolSamples = {
  maxPool2d,
  maxPool1d,
  avgPool2d,
  avgPool1d,
  adaptiveAvgPool2d: [
    ...adaptive("adaptive_avg_pool2d"),
    { in: [x(0, 2, 4, 4)], args: [2], torch: "F.adaptive_avg_pool2d(a, 2)", gradcheck: false },
  ],
  adaptiveMaxPool2d: [
    ...adaptive("adaptive_max_pool2d"),
    { in: [values([[ties]])], args: [3], torch: "F.adaptive_max_pool2d(a, 3)", gradcheck: false },
  ],
} satisfies Record<string, readonly Sample[]>;

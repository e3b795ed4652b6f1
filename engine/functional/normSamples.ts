// Calls of the normalisations that the tests make. Beside the files that declare them, which would not be read for these.
import type { Sample, SampleInput } from "../op.js";

type DTypeName = "float64" | "float32";

/** x, running mean and variance, weight, bias. */
const batch = (shape: readonly number[], dtype: DTypeName = "float64"): readonly SampleInput[] => {
  const vector = { shape: [shape[1]], dtype } as const;
  return [
    { shape, dtype },
    { ...vector, seed: 1 },
    { ...vector, seed: 2, positive: true },
    { ...vector, seed: 3 },
    { ...vector, seed: 4 },
  ];
};
const training = [{ training: true }];
const evaluation = "F.batch_norm(a, b.detach(), c.detach(), d, e)";

const batchNorm: readonly Sample[] = [
  { in: batch([4, 3, 3, 2]), args: training },
  { in: batch([4, 3, 3, 2], "float32"), args: training },
  { in: batch([5, 3]), args: training },
  { in: batch([5, 3], "float32"), args: training },
  { in: batch([3, 2, 4]), args: training },
  { in: batch([2, 2, 2, 3, 2], "float32"), args: training },
  // The slope of the running statistics is none of PyTorch's either.
  { in: batch([4, 3, 3, 2]), args: [], torch: evaluation, gradcheck: false },
  {
    in: batch([4, 3, 3, 2], "float32"),
    args: [{ eps: 0.01 }],
    torch: "F.batch_norm(a, b.detach(), c.detach(), d, e, eps=0.01)",
  },
  { in: batch([1, 3]), args: [], torch: evaluation, gradcheck: false },
  { in: batch([0, 3, 2, 2], "float32"), args: [], torch: evaluation },
  {
    in: [{ shape: [4, 3, 3, 2] }],
    args: [undefined, undefined, undefined, undefined, { training: true, eps: 0.1 }],
    torch: "F.batch_norm(a, None, None, training=True, eps=0.1)",
  },
  {
    in: [{ shape: [3, 2, 2, 4], transposed: true, dtype: "float32" }],
    args: [undefined, undefined, undefined, undefined, { training: true }],
    torch: "F.batch_norm(a, None, None, training=True)",
  },
];

/** Without weight and bias, which stand behind an argument that is no tensor: test/engine/norm.test.ts has these. */
const layerNorm: readonly Sample[] = [
  { in: [{ shape: [2, 3, 4] }], args: [4], torch: "F.layer_norm(a, (4,))" },
  { in: [{ shape: [2, 3, 4] }], args: [[3, 4]], torch: "F.layer_norm(a, (3, 4))" },
  {
    in: [{ shape: [2, 3, 4, 2] }],
    args: [[4, 2], undefined, undefined, { eps: 0.1 }],
    torch: "F.layer_norm(a, (4, 2), eps=0.1)",
  },
  { in: [{ shape: [5] }], args: [5], torch: "F.layer_norm(a, (5,))" },
  { in: [{ shape: [0, 4] }], args: [4], torch: "F.layer_norm(a, (4,))", gradcheck: false },
  { in: [{ shape: [4, 3, 2], transposed: true }], args: [2], torch: "F.layer_norm(a, (2,))" },
  { in: [{ shape: [2, 3, 4], dtype: "float32" }], args: [[4]], torch: "F.layer_norm(a, (4,))" },
  {
    in: [
      {
        values: [
          [3, 3, 3],
          [1, 2, 1e4],
        ],
        dtype: "float64",
      },
    ],
    args: [3],
    torch: "F.layer_norm(a, (3,))",
    gradcheck: false,
  },
  { in: [{ shape: [2, 8], dtype: "bfloat16" }], args: [8], torch: "F.layer_norm(a, (8,))" },
];

const groupNorm: readonly Sample[] = [
  { in: [{ shape: [2, 4, 3] }], args: [2], torch: "F.group_norm(a, 2)" },
  { in: [{ shape: [2, 4, 2, 3] }], args: [4], torch: "F.group_norm(a, 4)" },
  {
    in: [{ shape: [2, 4, 2, 3] }],
    args: [1, undefined, undefined, { eps: 0.1 }],
    torch: "F.group_norm(a, 1, eps=0.1)",
  },
  { in: [{ shape: [3, 4] }], args: [2], torch: "F.group_norm(a, 2)" },
  { in: [{ shape: [3, 4, 2], transposed: true }], args: [2], torch: "F.group_norm(a, 2)" },
  { in: [{ shape: [2, 4, 2, 2], dtype: "float32" }], args: [2], torch: "F.group_norm(a, 2)" },
];

export const normSamples = { batchNorm, layerNorm, groupNorm } as const;

// Calls of the convolutions that the tests make. Beside the files that declare them, which would not be read for these.
import type { Sample } from "../op.js";

const x = (...shape: number[]) => ({ shape });
const second = (...shape: number[]) => ({ shape, seed: 1 });
const third = (...shape: number[]) => ({ shape, seed: 2 });
const single = (shape: readonly number[], seed = 0) => ({ shape, seed, dtype: "float32" }) as const;

const conv2d: readonly Sample[] = [
  { in: [x(2, 3, 6, 5), second(4, 3, 3, 2), third(4)] },
  {
    in: [x(2, 1, 5, 5), second(2, 1, 3, 3), third(2)],
    args: [{ stride: 2, padding: 1 }],
    torch: "F.conv2d(a, b, c, stride=2, padding=1)",
  },
  {
    in: [x(1, 2, 7, 7), second(3, 2, 3, 3), third(3)],
    args: [{ padding: [2, 1], dilation: 2 }],
    torch: "F.conv2d(a, b, c, padding=(2, 1), dilation=2)",
  },
  {
    in: [x(1, 2, 4, 4), second(3, 2, 2, 2), third(3)],
    args: [{ padding: "same" }],
    torch: "F.conv2d(a, b, c, padding='same')",
  },
  { in: [x(0, 2, 4, 4), second(3, 2, 2, 2), third(3)], gradcheck: false },
  { in: [x(2, 5, 5), second(3, 2, 3, 3), third(3)] },
  { in: [x(2, 2, 4, 4), second(3, 2, 2, 2)], torch: "F.conv2d(a, b)" },
  {
    in: [x(2, 4, 6, 5), second(6, 2, 3, 2), third(6)],
    args: [{ groups: 2, stride: [2, 1], padding: [0, 1] }],
    torch: "F.conv2d(a, b, c, groups=2, stride=(2, 1), padding=(0, 1))",
  },
  {
    in: [x(1, 3, 5, 5), second(6, 1, 3, 3), third(6)],
    args: [{ groups: 3, padding: 1 }],
    torch: "F.conv2d(a, b, c, groups=3, padding=1)",
  },
  {
    in: [x(1, 3, 6, 6), second(3, 1, 2, 2), third(3)],
    args: [{ groups: 3, dilation: [1, 2], stride: [1, 2] }],
    torch: "F.conv2d(a, b, c, groups=3, dilation=(1, 2), stride=(1, 2))",
  },
  {
    in: [{ shape: [2, 3, 5, 4], transposed: true }, { shape: [4, 3, 2, 2], seed: 1, transposed: true }, third(4)],
  },
  // float32 has kernels of its own
  { in: [single([2, 3, 6, 5]), single([4, 3, 3, 2], 1), single([4], 2)] },
  {
    in: [single([2, 3, 7, 6]), single([4, 3, 3, 3], 1), single([4], 2)],
    args: [{ padding: 1 }],
    torch: "F.conv2d(a, b, c, padding=1)",
  },
  {
    in: [single([2, 3, 7, 6]), single([4, 3, 3, 3], 1), single([4], 2)],
    args: [{ padding: [2, 0], stride: [2, 3] }],
    torch: "F.conv2d(a, b, c, padding=(2, 0), stride=(2, 3))",
  },
  {
    in: [single([1, 4, 8, 7]), single([6, 2, 3, 2], 1), single([6], 2)],
    args: [{ groups: 2, dilation: [2, 1], padding: 1 }],
    torch: "F.conv2d(a, b, c, groups=2, dilation=(2, 1), padding=1)",
  },
  {
    // oneDNN's own gradient of the weight is wrong here
    in: [single([2, 2, 10, 6]), single([3, 2, 1, 1], 1), single([3], 2)],
    args: [{ stride: 2 }],
    torch: "F.conv2d(a, b, c, stride=2)",
  },
  {
    in: [single([0, 2, 4, 4]), single([3, 2, 2, 2], 1), single([3], 2)],
    args: [{ padding: 1 }],
    torch: "F.conv2d(a, b, c, padding=1)",
  },
];

const conv1d: readonly Sample[] = [
  { in: [x(2, 3, 7), second(4, 3, 3), third(4)] },
  {
    in: [x(2, 2, 8), second(4, 2, 3), third(4)],
    args: [{ stride: 2, padding: 1 }],
    torch: "F.conv1d(a, b, c, stride=2, padding=1)",
  },
  {
    in: [x(1, 2, 6), second(3, 2, 2), third(3)],
    args: [{ padding: "same", dilation: 2 }],
    torch: "F.conv1d(a, b, c, padding='same', dilation=2)",
  },
  {
    in: [x(2, 4, 6), second(4, 2, 3), third(4)],
    args: [{ groups: 2 }],
    torch: "F.conv1d(a, b, c, groups=2)",
  },
  { in: [x(3, 6), second(2, 3, 3), third(2)] },
  { in: [x(0, 2, 5), second(3, 2, 2), third(3)], gradcheck: false },
  { in: [{ shape: [2, 3, 6], transposed: true }, second(4, 3, 2)], torch: "F.conv1d(a, b)" },
  {
    in: [single([2, 3, 7]), single([4, 3, 3], 1), single([4], 2)],
    args: [{ padding: [1] }],
    torch: "F.conv1d(a, b, c, padding=1)",
  },
];

const convTranspose2d: readonly Sample[] = [
  { in: [x(2, 3, 3, 4), second(3, 2, 3, 2), third(2)] },
  {
    in: [x(1, 2, 3, 3), second(2, 3, 3, 3), third(3)],
    args: [{ stride: 2, padding: 1, outputPadding: 1 }],
    torch: "F.conv_transpose2d(a, b, c, stride=2, padding=1, output_padding=1)",
  },
  {
    in: [x(1, 4, 3, 2), second(4, 3, 2, 2), third(6)],
    args: [{ groups: 2, stride: [1, 2] }],
    torch: "F.conv_transpose2d(a, b, c, groups=2, stride=(1, 2))",
  },
  {
    in: [x(1, 2, 3, 3), second(2, 2, 2, 3), third(2)],
    args: [{ dilation: 2, padding: [1, 0] }],
    torch: "F.conv_transpose2d(a, b, c, dilation=2, padding=(1, 0))",
  },
  {
    in: [x(1, 2, 3, 3), second(2, 2, 2, 2), third(2)],
    args: [{ dilation: 3, padding: 1, outputPadding: [2, 1], stride: [1, 2] }],
    torch: "F.conv_transpose2d(a, b, c, dilation=3, padding=1, output_padding=(2, 1), stride=(1, 2))",
  },
  { in: [x(2, 3, 3), second(2, 3, 2, 2)], torch: "F.conv_transpose2d(a, b)" },
  { in: [x(0, 2, 3, 3), second(2, 3, 2, 2), third(3)], gradcheck: false },
  { in: [{ shape: [2, 3, 3, 4], transposed: true }, second(3, 2, 2, 2), third(2)] },
  {
    in: [single([2, 4, 4, 3]), single([4, 2, 3, 3], 1), single([4], 2)],
    args: [{ groups: 2, stride: 2, padding: 1, outputPadding: 1, dilation: 2 }],
    torch: "F.conv_transpose2d(a, b, c, groups=2, stride=2, padding=1, output_padding=1, dilation=2)",
  },
];

const convTranspose1d: readonly Sample[] = [
  { in: [x(2, 3, 4), second(3, 2, 3), third(2)] },
  {
    in: [x(1, 2, 4), second(2, 3, 3), third(3)],
    args: [{ stride: 3, padding: 1, outputPadding: 2 }],
    torch: "F.conv_transpose1d(a, b, c, stride=3, padding=1, output_padding=2)",
  },
  {
    in: [x(1, 4, 3), second(4, 1, 2), third(2)],
    args: [{ groups: 2, dilation: 2 }],
    torch: "F.conv_transpose1d(a, b, c, groups=2, dilation=2)",
  },
  { in: [x(2, 3), second(2, 3, 2)], torch: "F.conv_transpose1d(a, b)" },
  { in: [x(0, 2, 3), second(2, 3, 2), third(3)], gradcheck: false },
  {
    in: [single([2, 3, 4]), single([3, 2, 3], 1), single([2], 2)],
    args: [{ stride: 2 }],
    torch: "F.conv_transpose1d(a, b, c, stride=2)",
  },
];

export const convSamples = { conv2d, conv1d } as const;
export const convTransposeSamples = { convTranspose2d, convTranspose1d } as const;

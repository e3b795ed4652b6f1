// Samples of the losses of class numbers, for the tests.
import type { Sample, SampleInput } from "../op.js";

const matrix = { shape: [4, 3] } as const;
const classes = { values: [0, 2, 1, 2], dtype: "int64" } as const;
const withGap = { values: [0, -100, 1, 2], dtype: "int64" } as const;
const weights = { shape: [3], seed: 5, positive: true } as const;
const weight = { input: 2 };
const reductions = ["mean", "sum", "none"] as const;

const image: SampleInput = { shape: [2, 3, 2, 2] };
const imageTarget: SampleInput = {
  values: [
    [
      [0, 2],
      [1, 1],
    ],
    [
      [2, 0],
      [1, 0],
    ],
  ],
  dtype: "int64",
};

/** @param torch PyTorch's function: `F.nll_loss` */
export const classSamples = (torch: string): readonly Sample[] => [
  ...reductions.map((reduction) => ({
    in: [matrix, classes],
    args: [{ reduction }],
    torch: `${torch}(a, b, reduction='${reduction}')`,
  })),
  ...reductions.map((reduction) => ({
    in: [matrix, withGap],
    args: [{ reduction }],
    torch: `${torch}(a, b, reduction='${reduction}')`,
  })),
  ...reductions.map((reduction) => ({
    in: [matrix, classes, weights],
    args: [{ weight, reduction }],
    torch: `${torch}(a, b, weight=c.detach(), reduction='${reduction}')`,
  })),
  ...reductions.map((reduction) => ({
    in: [matrix, classes, weights],
    args: [{ weight, reduction, ignoreIndex: 2 }],
    torch: `${torch}(a, b, weight=c.detach(), reduction='${reduction}', ignore_index=2)`,
  })),
  {
    in: [matrix, { values: [0, 9, 1, 9], dtype: "int64" }],
    args: [{ ignoreIndex: 9 }],
    torch: `${torch}(a, b, ignore_index=9)`,
  },
  { in: [matrix, { values: [-100, -100, -100, -100], dtype: "int64" }], gradcheck: false },
  { in: [{ shape: [3] }, { values: 1, dtype: "int64" }] },
  {
    in: [{ shape: [3] }, { values: 1, dtype: "int64" }],
    args: [{ reduction: "none" }],
    torch: `${torch}(a, b, reduction='none')`,
  },
  { in: [image, imageTarget] },
  { in: [image, imageTarget], args: [{ reduction: "none" }], torch: `${torch}(a, b, reduction='none')` },
  { in: [image, imageTarget, weights], args: [{ weight }], torch: `${torch}(a, b, weight=c.detach())` },
  { in: [{ shape: [4, 3], transposed: true }, classes] },
  { in: [{ shape: [0, 3] }, { values: [], dtype: "int64" }], gradcheck: false },
  {
    in: [{ shape: [0, 3] }, { values: [], dtype: "int64" }],
    args: [{ reduction: "sum" }],
    torch: `${torch}(a, b, reduction='sum')`,
  },
  {
    in: [
      {
        values: [
          [-Infinity, 0, 1],
          [1e4, 0, -1e4],
          [-0, NaN, 1],
          [Infinity, 0, 1],
        ],
        dtype: "float64",
      },
      { values: [1, 2, 1, 1], dtype: "int64" },
    ],
    args: [{ reduction: "none" }],
    torch: `${torch}(a, b, reduction='none')`,
    gradcheck: false,
  },
  { in: [matrix, { values: [0, 2, 1, 2], dtype: "uint8" }] },
  { in: [{ ...matrix, dtype: "float32" }, classes] },
  { in: [{ ...matrix, dtype: "float16" }, classes] },
  { in: [{ ...matrix, dtype: "bfloat16" }, classes] },
];

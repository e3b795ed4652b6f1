// The inputs on which elementwise operations are tested: the places where they differ from plain arithmetic.
import type { DType } from "../dtype.js";
import type { Sample, SampleInput } from "../op.js";

type Domain = { readonly positive?: boolean; readonly within?: boolean };

const integers: readonly Sample[] = [
  { in: [{ values: [0, 1, 3], dtype: "int64" }] },
  { in: [{ values: [2, 0, 1], dtype: "uint8" }] },
];
const truth: Sample = { in: [{ values: [0, 1], dtype: "bool" }] };

/** Samples of a function of one floating tensor; `domain` is where finite differences can follow it. */
export const floatSamples = (domain: Domain = {}): readonly Sample[] => [
  { in: [{ shape: [2, 3], ...domain }] },
  { in: [{ shape: [0, 3], ...domain }] },
  { in: [{ shape: [], ...domain }] },
  { in: [{ shape: [3, 1, 2], transposed: true, ...domain }] },
  { in: [[Infinity, -Infinity, NaN, 0, -0, 1, -1, 30, -30]], gradcheck: false },
  { in: [{ shape: [20], dtype: "float32", ...domain }] },
  { in: [{ shape: [5], dtype: "bfloat16", ...domain }] },
  { in: [{ shape: [5], dtype: "float16", ...domain }] },
];

/** The same, with integers. */
export const numberSamples = (domain: Domain = {}): readonly Sample[] => [...floatSamples(domain), ...integers];

/** The same, with integers and bool. */
export const anySamples = (domain: Domain = {}): readonly Sample[] => [...numberSamples(domain), truth];

const pair = (a: DType, b: DType): Sample => ({
  in: [
    { values: [3, 1, 2], dtype: a },
    { values: [1, 1, 4], dtype: b },
  ],
});

/** Samples of a function of two floating tensors; `second` restricts the other one. */
export const floatPairs = (second: Domain = {}, first: Domain = {}): readonly Sample[] => [
  {
    in: [
      { shape: [2, 3], ...first },
      { shape: [3], seed: 1, ...second },
    ],
  },
  {
    in: [
      { shape: [2, 1], ...first },
      { shape: [1, 3], seed: 2, ...second },
    ],
  },
  {
    in: [
      { shape: [3], ...first },
      { shape: [], seed: 3, ...second },
    ],
  },
  {
    in: [
      { shape: [0, 3], ...first },
      { shape: [3], seed: 4, ...second },
    ],
  },
  {
    in: [
      { shape: [3, 2], transposed: true, ...first },
      { shape: [3, 1], seed: 5, ...second },
    ],
  },
  {
    in: [
      [Infinity, -Infinity, NaN, 1, 0, -0, 1e300, Infinity],
      [1, 2, 1, NaN, 3, 2, 1e300, Infinity],
    ],
    gradcheck: false,
  },
  {
    in: [
      { shape: [4], dtype: "float32", ...first },
      { shape: [4], dtype: "float64", seed: 6, ...second },
    ],
  },
  {
    in: [
      { shape: [4], dtype: "bfloat16", ...first },
      { shape: [4], dtype: "bfloat16", seed: 7, ...second },
    ],
  },
];

/** The same, with integers. */
export const numberPairs = (second: Domain = {}, first: Domain = {}): readonly Sample[] => [
  ...floatPairs(second, first),
  pair("int32", "int64"),
  pair("uint8", "int8"),
  pair("int64", "float32"),
];

/** The same, with integers and bool. */
export const anyPairs = (second: Domain = {}, first: Domain = {}): readonly Sample[] => [
  ...numberPairs(second, first),
  {
    in: [
      { values: [0, 0, 1, 1], dtype: "bool" },
      { values: [0, 1, 0, 1], dtype: "bool" },
    ],
  },
  pair("bool", "uint8"),
];

/** Bits: bool and the integers. */
export const integerPairs: readonly Sample[] = [
  ["int32", "int32"],
  ["int64", "int8"],
  ["uint8", "uint8"],
  ["bool", "int16"],
]
  .map(([a, b]) => pair(a as DType, b as DType))
  .concat([
    {
      in: [
        { values: [0, 0, 1, 1], dtype: "bool" },
        { values: [0, 1, 0, 1], dtype: "bool" },
      ],
    },
    {
      in: [
        { values: [[-5], [6]], dtype: "int64" },
        { values: [3, -9, 0], dtype: "int64" },
      ],
    },
    {
      in: [
        { values: [], dtype: "int32" },
        { values: 3, dtype: "int32" },
      ],
    },
  ]);

/** A sample with further arguments, and the same call in PyTorch. */
export const called = (input: SampleInput, args: readonly unknown[], torch: string, gradcheck?: boolean): Sample => ({
  in: [input],
  args,
  torch,
  ...(gradcheck === undefined ? {} : { gradcheck }),
});

// Sums of products named by subscripts. Composed of views, sums and matrix products, so that every derivative is theirs.
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type Sample, expectTensor } from "../op.js";
import { expectFactors, matrixProduct } from "../ops/matmul.js";
import { surround } from "../ops/slice.js";
import { normaliseDim, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type Label, parseEquation } from "./einsumEquation.js";

/** A tensor whose dims have names, each once. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly Label[];
}

const has = ({ labels }: Labelled, label: Label): boolean => labels.includes(label);
const sizeIn = ({ x, labels }: Labelled, label: Label): number => x.shape[labels.indexOf(label)];

/** The dims in another order; the tensor itself where it is that already. */
function arranged({ x, labels }: Labelled, order: readonly Label[]): Tensor {
  const axes = order.map((label) => labels.indexOf(label));
  return axes.every((axis, i) => axis === i) ? x : x.permute(axes);
}

/** The sum over every dim that is not wanted any more. */
function summed(operand: Labelled, wanted: (label: Label) => boolean): Labelled {
  const { x, labels } = operand;
  const dims = labels.flatMap((label, i) => (wanted(label) ? [] : [i]));
  return dims.length === 0 ? operand : { x: x.sum(dims), labels: labels.filter(wanted) };
}

/** Without the dims whose size is 1 here and more in the other: there they say nothing. */
function narrowed(operand: Labelled, other: Labelled): Labelled {
  const { x, labels } = operand;
  const kept = labels.filter(
    (label) => !has(other, label) || sizeIn(operand, label) === sizeIn(other, label) || sizeIn(operand, label) !== 1,
  );
  return kept.length === labels.length
    ? operand
    : { x: x.reshape(kept.map((label) => sizeIn(operand, label))), labels: kept };
}

/** The product of two, summed over the labels that nobody wants afterwards: one (batched) matrix product. */
function contracted(first: Labelled, second: Labelled, wanted: (label: Label) => boolean): Labelled {
  const [narrowFirst, narrowSecond] = [narrowed(first, second), narrowed(second, first)];
  const a = summed(narrowFirst, (label) => wanted(label) || has(narrowSecond, label));
  const b = summed(narrowSecond, (label) => wanted(label) || has(narrowFirst, label));
  const shared = a.labels.filter((label) => has(b, label));
  const batch = shared.filter(wanted);
  const inner = shared.filter((label) => !wanted(label));
  const rows = a.labels.filter((label) => !has(b, label));
  const columns = b.labels.filter((label) => !has(a, label));
  const labels = [...batch, ...rows, ...columns];
  const sizes = labels.map((label) => (has(a, label) ? sizeIn(a, label) : sizeIn(b, label)));
  if (inner.length === 0) {
    const left = arranged(a, [...batch, ...rows]);
    const right = arranged(b, [...batch, ...columns]);
    const between =
      rows.length === 0
        ? right
        : right.reshape([...batch, ...rows, ...columns].map((label) => (has(b, label) ? sizeIn(b, label) : 1)));
    const padded = columns.length === 0 ? left : left.reshape([...left.shape, ...columns.map(() => 1)]);
    return { x: padded.mul(between), labels };
  }
  expectFactors("einsum", a.x, b.x);
  const count = (operand: Labelled, of: readonly Label[]): number => sizeOf(of.map((label) => sizeIn(operand, label)));
  const lead = batch.length === 0 ? [] : [count(a, batch)];
  const left = arranged(a, [...batch, ...rows, ...inner]).reshape([...lead, count(a, rows), count(a, inner)]);
  const right = arranged(b, [...batch, ...inner, ...columns]).reshape([...lead, count(b, inner), count(b, columns)]);
  return { x: matrixProduct(left, right).reshape(sizes), labels };
}

/** One dim for each label: a repeated one becomes the diagonal of its dims. */
function withoutRepeats(x: Tensor, labels: readonly Label[]): Labelled {
  const first = labels.findIndex((label, i) => labels.indexOf(label, i + 1) >= 0);
  if (first < 0) return { x, labels };
  const second = labels.indexOf(labels[first], first + 1);
  const rest = labels.flatMap((_, i) => (i === first || i === second ? [] : [i]));
  const square = x.permute([...rest, first, second]);
  return withoutRepeats(diagonal(square), [...rest.map((i) => labels[i]), labels[first]]);
}

/** The diagonal of the last two dims: with n zeros behind them, the n² elements are n rows of n + 1 that begin with it. */
function diagonal(x: Tensor): Tensor {
  const n = x.shape[x.ndim - 1];
  const lead = x.shape.slice(0, -2);
  const rows = surround(x.reshape([...lead, n * n]), lead.length, 0, n).reshape([...lead, n, n + 1]);
  return rows.narrow(lead.length + 1, 0, 1).reshape([...lead, n]);
}

const small = { shape: [2, 3] } as const;
const other = { shape: [3, 4], seed: 1 } as const;
const einsumSample = (equation: string, ...inputs: Sample["in"]): Sample => ({
  in: inputs,
  args: [equation],
  torch: `torch.einsum('${equation}', ${["a", "b", "c"].slice(0, inputs.length).join(", ")})`,
});

type Einsum = ((equation: string, ...operands: readonly Tensor[]) => Tensor) & Declared;

/**
 * Sum of products with dims named by letters (torch.einsum): `einsum("ij,jk->ik", a, b)` is a matrix product. A letter
 * that the output does not name is summed over; one that an operand repeats takes its diagonal; "..." stands for further
 * dims, which are broadcast; without "->" the output is the ellipsis and the letters that appear once, in order. A size
 * of 1 goes with every other. Operands are contracted from left to right.
 * @throws ArgumentError for an equation that is none, ShapeError for shapes that it does not fit; they name the subscript.
 * @throws DTypeError where matrices of two dtypes, or of bool, are multiplied.
 */
export const einsum: Einsum = Object.assign(
  (equation: string, ...operands: readonly Tensor[]): Tensor => {
    if (typeof equation !== "string") {
      throw new ArgumentError(`einsum: expected an equation like "ij,jk->ik" first, got ${typeof equation}`);
    }
    operands.forEach((x: unknown, i) => expectTensor("einsum", `operand ${i}`, x));
    const { operands: labels, output } = parseEquation(
      equation,
      operands.map((x) => x.shape),
    );
    const [first, ...others] = operands.map((x, i) => withoutRepeats(x, labels[i]));
    let result = first;
    others.forEach((next, i) => {
      const later = new Set([...output, ...labels.slice(i + 2).flat()]);
      result = contracted(result, next, (label) => later.has(label));
    });
    return arranged(
      summed(result, (label) => output.includes(label)),
      output,
    );
  },
  {
    opName: "einsum",
    torch: "torch.einsum('ij,jk->ik', a, b)",
    differentiable: true,
    samples: [
      einsumSample("ij,jk->ik", small, other),
      einsumSample("ij,jk", { shape: [2, 3], transposed: true }, { shape: [3, 4], seed: 1, transposed: true }),
      einsumSample("bA a", { shape: [2, 3, 4] }),
      einsumSample("ij->ji", small),
      einsumSample("ij->", small),
      einsumSample("ij->j", small),
      einsumSample("i,j->ij", { shape: [2] }, { shape: [3], seed: 1 }),
      einsumSample("i,i->", { shape: [3] }, { shape: [3], seed: 1 }),
      einsumSample("i,i->i", { shape: [3] }, { shape: [3], seed: 1 }),
      einsumSample("ii->i", { shape: [3, 3] }),
      einsumSample("ii", { shape: [3, 3] }),
      einsumSample("jiji->ij", { shape: [2, 3, 2, 3] }),
      einsumSample("iij,jk->ik", { shape: [3, 3, 2] }, { shape: [2, 4], seed: 1 }),
      einsumSample("bij,bjk->bik", { shape: [2, 3, 4] }, { shape: [2, 4, 2], seed: 1 }),
      einsumSample("bhqd,bkhd->bhqk", { shape: [2, 2, 3, 2] }, { shape: [2, 4, 2, 2], seed: 1 }),
      einsumSample("...ij,...jk->...ik", { shape: [3, 1, 2, 3] }, { shape: [2, 3, 2], seed: 1 }),
      einsumSample("...,...", small, { shape: [3], seed: 1 }),
      einsumSample("...i->i", small),
      einsumSample("i...->...", small),
      einsumSample("i->...i", { shape: [3] }),
      einsumSample("ij,jk->ik", small, { shape: [1, 4], seed: 1 }),
      einsumSample("ij,ij->ij", { shape: [2, 1] }, small),
      einsumSample("ij,jk,kl->il", small, other, { shape: [4, 2], seed: 2 }),
      einsumSample("bi,oij,bj->bo", small, { shape: [2, 3, 4], seed: 1 }, { shape: [2, 4], seed: 2 }),
      einsumSample("i,->i", { shape: [3] }, { shape: [], seed: 1 }),
      einsumSample("->", { shape: [] }),
      einsumSample("ij,jk->ik", { shape: [2, 0] }, { shape: [0, 4] }),
      einsumSample("ij,kj->i", { shape: [0, 3] }, { shape: [2, 3] }),
      {
        ...einsumSample("i,i->i", { values: [Infinity, -0, NaN], dtype: "float64" }, { shape: [3] }),
        gradcheck: false,
      },
      einsumSample("ij,jk->ik", { ...small, dtype: "float32" }, { ...other, dtype: "float32" }),
      einsumSample("ij,jk->ik", { ...small, dtype: "bfloat16" }, { ...other, dtype: "bfloat16" }),
      einsumSample(
        "ij,jk->ik",
        { ...small, dtype: "uint8", positive: true },
        { ...other, dtype: "uint8", positive: true },
      ),
      einsumSample("ij->i", { ...small, dtype: "int32" }),
    ],
  } satisfies Declared,
);

type Tensordot = ((x: Tensor, y: Tensor, dims?: number | readonly [readonly number[], readonly number[]]) => Tensor) &
  Declared;

/**
 * The product of two tensors summed over pairs of dims (torch.tensordot). `dims` is how many: the last of `x` with the
 * first of `y` (default 2); or the dims of each side. The result has the other dims of `x`, then those of `y`; a size of
 * 1 goes with every other.
 * @throws ArgumentError for dims that are none, ShapeError for sizes that differ; DTypeError as `matmul`.
 */
export const tensordot: Tensordot = Object.assign(
  (x: Tensor, y: Tensor, dims: number | readonly [readonly number[], readonly number[]] = 2): Tensor => {
    expectTensor("tensordot", "input", x);
    expectTensor("tensordot", "other", y);
    const [left, right] = pairs(x, y, dims);
    left.forEach((d, i) => {
      const [n, m] = [x.shape[d], y.shape[right[i]]];
      if (n !== m && n !== 1 && m !== 1) {
        throw new ShapeError(
          `tensordot: expected equal sizes in dim ${d} of ${shapeText(x.shape)} and dim ${right[i]} of ${shapeText(y.shape)}, got ${n} and ${m}`,
        );
      }
    });
    const a = { x, labels: x.shape.map((_, d) => (left.includes(d) ? `s${left.indexOf(d)}` : `x${d}`)) };
    const b = { x: y, labels: y.shape.map((_, d) => (right.includes(d) ? `s${right.indexOf(d)}` : `y${d}`)) };
    return contracted(a, b, (label) => !label.startsWith("s")).x;
  },
  {
    opName: "tensordot",
    torch: "torch.tensordot(a, b)",
    differentiable: true,
    samples: [
      { in: [{ shape: [2, 3, 4] }, { shape: [3, 4, 2], seed: 1 }] },
      { in: [small, other], args: [1], torch: "torch.tensordot(a, b, 1)" },
      { in: [small, other], args: [0], torch: "torch.tensordot(a, b, 0)" },
      {
        in: [
          { shape: [2, 3, 4], transposed: true },
          { shape: [4, 2, 3], seed: 1 },
        ],
        args: [
          [
            [0, -1],
            [1, 0],
          ],
        ],
        torch: "torch.tensordot(a, b, ([0, -1], [1, 0]))",
      },
      { in: [small, { shape: [1, 4], seed: 1 }], args: [[[1], [0]]], torch: "torch.tensordot(a, b, ([1], [0]))" },
      { in: [{ shape: [2, 0] }, { shape: [0, 3] }], args: [1], torch: "torch.tensordot(a, b, 1)" },
      { in: [{ shape: [] }, { shape: [], seed: 1 }], args: [0], torch: "torch.tensordot(a, b, 0)" },
      {
        in: [
          { ...small, dtype: "float32" },
          { ...other, dtype: "float32" },
        ],
        args: [1],
        torch: "torch.tensordot(a, b, 1)",
      },
    ],
  } satisfies Declared,
);

function pairs(
  x: Tensor,
  y: Tensor,
  dims: number | readonly [readonly number[], readonly number[]],
): readonly [readonly number[], readonly number[]] {
  if (typeof dims === "number") {
    if (!Number.isInteger(dims) || dims < 0 || dims > Math.min(x.ndim, y.ndim)) {
      throw new ArgumentError(
        `tensordot: expected a number of dims within ${shapeText(x.shape)} and ${shapeText(y.shape)}, got ${dims}`,
      );
    }
    return [Array.from({ length: dims }, (_, i) => x.ndim - dims + i), Array.from({ length: dims }, (_, i) => i)];
  }
  const [left, right] = [
    dims[0].map((d) => normaliseDim("tensordot", d, x.ndim)),
    dims[1].map((d) => normaliseDim("tensordot", d, y.ndim)),
  ];
  if (left.length !== right.length || new Set(left).size !== left.length || new Set(right).size !== right.length) {
    throw new ArgumentError(
      `tensordot: expected as many dims on both sides, each once, got ${shapeText(dims[0])} and ${shapeText(dims[1])}`,
    );
  }
  return [left, right];
}

// Every in-place method does what its out-of-place operation does, to the tensor and to its views, and is recorded. The
// methods are found, not listed: one without a row here fails.
import assert from "node:assert/strict";
import {
  AutogradError,
  type Tensor,
  fromTypedArray,
  manualSeed,
  noGrad,
  ones,
  tensor,
  zeros,
} from "../../engine/index.js";
import type { Declared } from "../../engine/op.js";
import * as ops from "../../engine/ops/index.js";

type Call = (x: Tensor, ...rest: readonly unknown[]) => Tensor;

interface Row {
  /** Arguments behind the tensor, made anew for each call. */
  readonly rest?: () => readonly unknown[];
  /** Default: values in (0, 1) that every operation is defined for. */
  readonly made?: () => Tensor;
  /** What it is in words of out-of-place operations; default: the operation of the same name without "_". */
  readonly as?: Call;
}

const float64 = (values: readonly unknown[]): Tensor => tensor(values as number[], { dtype: "float64" });
const fractions = (): Tensor => float64([0.25, 0.5, 0.75, 0.9]);
const square = (): Tensor => fractions().reshape(2, 2).clone();
const integers = (): Tensor => tensor([1n, 2n, 3n, 4n]);
const int64 = (values: readonly unknown[]): Tensor => tensor(values as number[], { dtype: "int64" });
const other = (): Tensor => float64([0.5, 0.5, 0.25, 2]);

const none: Row = {};
const byOther: Row = { rest: () => [other()] };
const bits: Row = { made: integers, rest: () => [tensor([1n, 3n, 0n, 7n])] };
/** A random filling from one seed is what `as` draws from it, and does not depend on what was there. */
const drawn = (rest: readonly unknown[], as: Call): Row => ({
  rest: () => rest,
  as(x, ...given) {
    manualSeed(7);
    return as(x, ...given);
  },
});

const rows: Readonly<Record<string, Row>> = {
  add_: { rest: () => [other(), { alpha: 2 }] },
  sub_: { rest: () => [other(), { alpha: 2 }] },
  mul_: byOther,
  div_: byOther,
  zero_: { as: (x) => x.zerosLike() },
  fill_: { rest: () => [0.3], as: (x, value) => x.fullLike(value as number) },
  copy_: { rest: () => [other()], as: (_, source) => (source as Tensor).clone() },
  set_: {
    made: square,
    rest: () => [[1], float64([7, 8])],
    as: (x, _, values) => ops.indexPut(x, [1], values as Tensor),
  },
  indexPut_: { rest: () => [[int64([3, 0])], float64([7, 8]), { accumulate: true }] },
  maskedFill_: { rest: () => [tensor([true, false, true, false]), 2.5] },
  tril_: { made: square, rest: () => [-1] },
  triu_: { made: square, rest: () => [1] },
  indexAdd_: { rest: () => [0, int64([3, 0, 3]), float64([1, 2, 4])] },
  indexCopy_: { rest: () => [0, int64([3, 0]), float64([7, 8])] },
  indexFill_: { rest: () => [0, int64([3, 0]), 7] },
  scatter_: { rest: () => [0, int64([3, 0]), float64([7, 8])] },
  scatterAdd_: { rest: () => [0, int64([3, 0, 3]), float64([1, 2, 4])] },
  clamp_: { rest: () => [0.3, 0.8] },
  clampMin_: { rest: () => [0.3] },
  clampMax_: { rest: () => [0.8] },
  lerp_: { rest: () => [other(), 0.3] },
  addcmul_: { rest: () => [other(), other(), { value: 2 }] },
  addcdiv_: { rest: () => [other(), other(), { value: 2 }] },
  pow_: { rest: () => [3] },
  cumsum_: { rest: () => [0] },
  cumprod_: { rest: () => [0] },
  bitwiseNot_: { made: integers },
  bitwiseAnd_: bits,
  bitwiseOr_: bits,
  bitwiseXor_: bits,
  normal_: drawn([2, 3], (x) => x.randnLike().mul(3).add(2)),
  uniform_: drawn([2, 5], (x) => x.randLike().mul(3).add(2)),
  bernoulli_: drawn([0.4], (x) => x.randLike().lt(0.4).to(x.dtype)),
  random_: drawn([2, 9], (x) => x.randintLike(2, 9)),
};
for (const name of "eq ge gt le lt ne fmod remainder floorDivide atan2 logicalAnd logicalOr logicalXor".split(" ")) {
  Object.assign(rows, { [`${name}_`]: byOther });
}
const plainNames =
  "neg exp sqrt relu tanh sigmoid abs sign nanToNum erf exp2 expm1 log log10 log1p log2 logicalNot reciprocal rsqrt square " +
  "ceil floor frac round trunc acos acosh asin asinh atan atanh cos cosh sin sinh tan";
for (const name of plainNames.split(" ")) Object.assign(rows, { [`${name}_`]: none });

const methods = ops as unknown as Readonly<Record<string, Call & Partial<Declared>>>;
const forms = Object.keys(methods).filter((name) => name.endsWith("_"));

/** Methods that are neither in place nor declared with samples, and why. */
const undeclared: Readonly<Record<string, readonly string[]>> = {
  "random, or without values of their own": "bernoulli randLike randnLike randintLike emptyLike newEmpty".split(" "),
  "creation in the likeness of a tensor": "newZeros newOnes newFull newTensor".split(" "),
  "an answer that is no tensor": "allclose equal isContiguous stride".split(" "),
  "`to` by another name": "float double half bfloat16 int long bool cpu cuda".split(" "),
};

describe("methods of Tensor", () => {
  it("are in-place forms, declared operations with samples, or on the list", () => {
    const listed = Object.values(undeclared).flat();
    const rest = Object.keys(methods).filter((name) => !name.endsWith("_") && !methods[name].samples?.length);
    assert.deepEqual(rest.sort(), listed.sort());
  });

  it("draws whole numbers in the likeness of a tensor", () => {
    const x = zeros([50], { dtype: "float32" });
    manualSeed(1);
    const drawn = x.randintLike(2, 5);
    assert.equal(drawn.dtype, "float32");
    assert.deepEqual([...new Set(drawn.toArray() as number[])].sort(), [2, 3, 4]);
    assert.equal(x.randintLike(0, 2, { dtype: "int64" }).dtype, "int64");
  });

  it("makes a new tensor of another shape in the likeness of one", () => {
    const made = ones([2], { dtype: "bfloat16", device: "cpu:1" }).newEmpty([3, 0, 2]);
    assert.deepEqual([made.shape, made.dtype, made.device.name], [[3, 0, 2], "bfloat16", "cpu:1"]);
    assert.equal(ones([2]).newEmpty([1], { dtype: "int32" }).dtype, "int32");
  });

  it("converts by the names of the dtypes", () => {
    const x = tensor([0, -1.5, 2.75]);
    const dtypes = [x.double(), x.half(), x.bfloat16(), x.int(), x.long(), x.bool()].map(({ dtype }) => dtype);
    assert.deepEqual(dtypes, ["float64", "float16", "bfloat16", "int32", "int64", "bool"]);
    assert.deepEqual(x.int().toArray(), [0, -1, 2]);
    assert.deepEqual(x.bool().toArray(), [false, true, true]);
    assert.equal(x.float(), x);
    assert.equal(x.cpu(), x);
    assert.equal(x.to("cpu:1").cpu().device.name, x.device.name);
    assert.equal(x.cuda("cpu:1").device.name, "cpu:1");
    const leaf = fromTypedArray(new Float32Array([1, 2]), [2]).requiresGrad_();
    leaf.double().mul(3).sum().backward();
    assert.deepEqual(leaf.grad?.toArray(), [3, 3]);
  });
});

describe("in-place forms", () => {
  it("have a row each", () => {
    assert.deepEqual(forms.sort(), Object.keys(rows).sort());
  });

  for (const name of forms) {
    const { rest = () => [], made = fractions, as = methods[name.slice(0, -1)] } = rows[name] ?? none;
    const form: Call = (x, ...given) => {
      manualSeed(7);
      return methods[name](x, ...given);
    };

    it(`${name} changes the tensor and its views`, () => {
      const x = made();
      const view = x.view([4]);
      const expected = as(made(), ...rest()).to(x.dtype);
      const version = x.version;
      assert.equal(form(x, ...rest()), x);
      assert.deepEqual(x.toArray(), expected.toArray());
      assert.deepEqual(view.toArray(), expected.reshape(4).toArray());
      assert.ok(x.version > version);
    });

    it(`${name} changes the memory that it is given a view of`, () => {
      const base = zeros([2, 4], { dtype: made().dtype });
      const part = base.select(0, 1).view(made().shape);
      noGrad(() => part.copy_(made()));
      form(part, ...rest());
      const expected = as(made(), ...rest()).to(base.dtype);
      assert.deepEqual(base.select(0, 1).toArray(), expected.reshape(4).toArray());
      assert.ok(!base.select(0, 0).bool().any().item(), "nothing beside the view");
    });

    if (made === integers) continue;
    it(`${name} is recorded, and refused on a leaf`, () => {
      const leaf = made().requiresGrad_();
      assert.throws(() => form(leaf, ...rest()), AutogradError);
      noGrad(() => form(leaf, ...rest()));

      const [a, b] = [made().requiresGrad_(), made().requiresGrad_()];
      const changed = a.mul(1);
      form(changed, ...rest());
      changed.mul(changed).sum().backward();
      const out = as(b.mul(1), ...rest()).to("float64");
      if (out.requiresGrad) out.mul(out).sum().backward();
      assert.deepEqual(a.grad?.toArray(), (b.grad ?? b.zerosLike()).toArray());
    });
  }
});

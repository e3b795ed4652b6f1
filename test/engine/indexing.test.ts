// x.get and x.set_ beside their samples: what is a view and what a copy, what is recorded, what errors say, sizes and ranks
// at the edges.
import assert from "node:assert/strict";
import {
  ArgumentError,
  AutogradError,
  DTypeError,
  F,
  GradtapeError,
  ShapeError,
  type Tensor,
  arange,
  cat,
  noGrad,
  ones,
  tensor,
  where,
  zeros,
} from "../../engine/index.js";
import { dtypes } from "../../engine/dtype.js";

const values = (x: Tensor | undefined) => x?.toArray();
const grid = () => arange(0, 12, 1, { dtype: "float32" }).reshape(3, 4).clone();

const refuses = (call: () => unknown, type: new (message: string) => Error, message: RegExp | string) =>
  assert.throws(call, (e: Error) => {
    assert.ok(e instanceof type, `${e.name}: ${e.message}`);
    if (typeof message === "string") assert.equal(e.message, message);
    else assert.match(e.message, message);
    return true;
  });

describe("indexing", () => {
  it("reads one element", () => assert.equal(grid().get(1, -1).item(), 7));

  it("of integers, slices, null and dots is a view; of tensors and arrays a copy", () => {
    const x = grid();
    x.get(0).zero_();
    x.get("...", "::2").add_(100);
    x.get(null, -1).fill_(-1);
    assert.deepEqual(values(x), [
      [100, 0, 100, 0],
      [104, 5, 106, 7],
      [-1, -1, -1, -1],
    ]);
    x.get([0, 1]).zero_();
    x.get(x.gt(0)).zero_();
    assert.equal(x.get(0, 0).item(), 100);
  });

  it("writes in every way that reading goes", () => {
    const x = zeros([3, 4]);
    assert.equal(x.set_([0, "1:3"], 1), x);
    x.set_(1, tensor([1, 2, 3, 4]));
    x.set_(
      [
        [2, 2],
        [0, 3],
      ],
      [7, 8],
    );
    x.set_([":", [1]], tensor([[[-1], [-2], [-3]]]));
    assert.deepEqual(values(x), [
      [0, -1, 1, 0],
      [1, -2, 3, 4],
      [7, -3, 0, 8],
    ]);
    x.set_(x.lt(0), 0);
    x.set_([x.gt(6)], tensor([70, 80]));
    x.set_([tensor([true, false, false]), "2:"], 9.5);
    assert.deepEqual(values(x), [
      [0, 0, 9.5, 9.5],
      [1, 0, 3, 4],
      [70, 0, 0, 80],
    ]);
  });

  it("converts what it writes to the tensor's dtype", () => {
    const x = zeros([2], { dtype: "int64" });
    x.set_(0, 2.75).set_(1, tensor(-1.5));
    assert.deepEqual(values(x), [2, -1]);
  });

  it("takes and gives every dtype", () => {
    for (const dtype of dtypes) {
      const x = tensor([0, 1, 1, 0], { dtype });
      x.set_("::2", tensor([1, 1], { dtype: "int64" }));
      x.set_([[1]], 0);
      const numbers = (t: Tensor) => values(t.to("int64"));
      assert.deepEqual(
        [numbers(x), numbers(x.get([2, 1])), numbers(x.get(x.ne(0)))],
        [
          [1, 0, 1, 0],
          [1, 0],
          [1, 1],
        ],
        dtype,
      );
    }
  });

  it("adds up where indexPut_ accumulates", () => {
    const x = zeros([3]);
    x.indexPut_([tensor([0n, 0n, 2n])], tensor([1, 2, 3]), { accumulate: true });
    x.indexPut_(["1:"], 10, { accumulate: true });
    assert.deepEqual(values(x), [3, 10, 13]);
  });

  it("is recorded, reading and writing", () => {
    const [w, v] = [ones([3, 4]).requiresGrad_(), tensor([2, 3]).requiresGrad_()];
    const x = w.mul(2);
    x.set_([1, "::2"], v);
    x.set_(
      [
        [0, 0],
        [1, 3],
      ],
      v.mul(10),
    );
    x.set_(x.gt(25), 0);
    x.get([0, 1, 1]).sum().backward();
    assert.deepEqual(values(w.grad), [
      [2, 0, 2, 0],
      [0, 4, 0, 4],
      [0, 0, 0, 0],
    ]);
    assert.deepEqual(values(v.grad), [12, 2]);
  });

  it("refuses to record a change of a leaf, but makes it in noGrad", () => {
    const w = ones([2, 2]).requiresGrad_();
    refuses(() => w.set_(0, 1), AutogradError, /^set_: an in-place operation on a view of a leaf/);
    noGrad(() => w.set_([0, 1], 5));
    assert.deepEqual(values(w), [
      [1, 5],
      [1, 1],
    ]);
  });

  it("errors name the index, the dim and the shape", () => {
    const x = grid();
    const at = (dim: number, index: number) => `get: index ${index} is out of bounds for dim ${dim} of [3, 4]`;
    refuses(() => x.get(5), ArgumentError, at(0, 5));
    refuses(() => x.get("...", -5), ArgumentError, at(1, -5));
    refuses(() => x.get(":", tensor([1n, 4n])), ArgumentError, at(1, 4));
    refuses(() => x.get([0, -4]), ArgumentError, at(0, -4));
    refuses(
      () => x.get(0, [[2n ** 40n]] as never),
      ArgumentError,
      /index 1099511627776 is out of bounds|expected integers/,
    );
    refuses(() => x.set_([[3]], 0), ArgumentError, /^set_: index 3 is out of bounds for dim 0 of \[3, 4\]$/);
    refuses(() => x.get(0, 0, 0), ArgumentError, "get: expected at most 2 indices for [3, 4], got 3");
    refuses(() => x.get("...", "..."), ArgumentError, /at most once/);
    refuses(() => x.get("1-2"), ArgumentError, /expected a slice such as .* got "1-2"$/);
    refuses(() => x.get("::-1"), ArgumentError, /expected a step > 0, got "::-1"; use flip/);
    refuses(() => x.get(0.5), ArgumentError, "get: expected an integer as index of dim 0, got 0.5");
    refuses(() => x.get(undefined as never), ArgumentError, "get: expected an index, got undefined");
    refuses(() => x.get(tensor([0.5])), DTypeError, /expected int64 indices or a bool mask, got float32/);
    refuses(() => x.get(tensor([1], { dtype: "uint8" })), DTypeError, /got uint8; convert with .to\("bool"\) or/);
    refuses(() => x.get(tensor([true])), ShapeError, "get: expected a mask of [3] for dim 0 of [3, 4], got [1]");
    refuses(() => x.get(":", [true]), ShapeError, "get: expected a mask of [4] for dim 1 of [3, 4], got [1]");
    refuses(() => x.get([0, 1], [0, 1, 2]), ShapeError, /index tensors.*broadcast/);
    refuses(() => x.set_(0, [1, 2]), ShapeError, "set_: expected a value that broadcasts to [4], got [2]");
    refuses(() => x.gather(0, tensor([[3n]])), ArgumentError, "gather: index 3 is out of bounds for dim 0 of [3, 4]");
    refuses(() => x.gather(0, tensor([[-1n]])), ArgumentError, "gather: index -1 is out of bounds for dim 0 of [3, 4]");
    refuses(() => x.indexSelect(1, tensor([9n])), ArgumentError, /^indexSelect: index 9 is out of bounds for dim 1/);
    refuses(() => F.oneHot(tensor([3n]), 3), ArgumentError, /^oneHot: index 3 is out of bounds/);
  });

  it("on meta gives shapes, and says where they depend on data", () => {
    const x = zeros([3, 4], { device: "meta" });
    const mask = x.gt(0);
    assert.deepEqual(x.get(1, "::3").shape, [2]);
    assert.deepEqual(x.get([5, 7, 9], null).shape, [3, 1, 4]);
    assert.deepEqual(x.set_([mask], 1).set_(0, 2).shape, [3, 4]);
    assert.deepEqual(where(mask, x, 0).maskedFill(mask, 1).shape, [3, 4]);
    refuses(() => x.get(mask), GradtapeError, /^get: the shape depends on the number of true elements of the mask/);
    refuses(() => x.nonzero(), GradtapeError, /^nonzero: the shape depends on/);
  });

  it("goes to eight dims, and beyond where neighbours are taken whole", () => {
    const shape = [2, 1, 3, 1, 2, 1, 2, 1];
    const x = arange(0, 24, 1, { dtype: "float32" }).reshape(shape);
    assert.deepEqual(values(x.get(1, 0, "::2", 0, -1, 0, ":", 0)), [
      [14, 15],
      [22, 23],
    ]);
    const deep = x.reshape([1, 1, ...shape]).clone();
    deep.get(0, 0, 1).zero_();
    deep.set_([0, "...", 0], 5);
    assert.equal(deep.sum().item(), 24 * 5);
    refuses(() => deep.get("1:", 0, "1:", 0, "1:", 0, "1:", 0, "1:", 0), ShapeError, /at most 8 dims/);
  });

  it("of nothing is nothing", () => {
    const x = zeros([0, 3]);
    assert.deepEqual(x.get(":", 1).shape, [0]);
    assert.deepEqual(x.get("5:").shape, [0, 3]);
    assert.deepEqual(x.get([]).shape, [0, 3]);
    x.set_([":", 0], 1).set_([[]], 2);
    refuses(() => x.get(0), ArgumentError, "get: index 0 is out of bounds for dim 0 of [0, 3]");
    assert.deepEqual(tensor(3).get().shape, []);
  });

  it("writes nothing where PyTorch counts several elements as one", () => {
    const row = zeros([1, 3]).expand(2, 3);
    refuses(() => row.set_([":", 0], 1), ArgumentError, /several elements of an expanded tensor/);
    row.set_([1, 2], 4);
    assert.deepEqual(values(row), [
      [0, 0, 4],
      [0, 0, 4],
    ]);
  });
});

describe("views", () => {
  it("reshape copies what PyTorch copies, view never fails", () => {
    const x = grid();
    x.t().reshape(-1).zero_();
    assert.equal(x.sum().item(), 66);
    x.t().view(-1).get("1:").zero_();
    assert.equal(x.sum().item(), 0);
    x.add_(1);
    x.reshape(2, 6).get(0).zero_();
    x.get(":", "1:").reshape(-1).fill_(9);
    assert.equal(x.sum().item(), 6);
  });

  it("contiguous is the tensor itself, or a copy in order", () => {
    const x = grid();
    assert.equal(x.contiguous(), x);
    const t = x.t();
    assert.deepEqual([x.isContiguous(), t.isContiguous(), x.get(1).isContiguous()], [true, false, true]);
    assert.deepEqual(t.stride(), [1, 4]);
    assert.deepEqual(x.get("::2", "1::3").stride(), [8, 3]);
    t.contiguous().zero_();
    assert.equal(x.sum().item(), 66);
  });

  it("parts of split may be changed in place while recording, unlike PyTorch's", () => {
    const w = ones([4]).requiresGrad_();
    const [a, b] = w.mul(2).split(2);
    a.mul_(3);
    cat([a, b]).sum().backward();
    assert.deepEqual(values(w.grad), [6, 6, 2, 2]);
  });

  it("an operand may overlap what is written, unlike PyTorch's", () => {
    const x = tensor([1, 2, 3]);
    x.get("1:").add_(x.get(":-1"));
    assert.deepEqual(values(x), [1, 3, 5]);
  });

  it("made in noGrad have no history to follow", () => {
    const b = ones([3]).requiresGrad_().mul(2);
    const v = noGrad(() => b.get("1:"));
    refuses(() => v.add_(1), AutogradError, /^add_: the view was made in noGrad/);
    b.add_(1);
    refuses(() => v.sum(), AutogradError, /^view: it was made in noGrad and its memory has changed/);
    assert.deepEqual(values(v), [3, 3]);
    assert.equal(noGrad(() => v.sum()).item(), 6);
    assert.match(v.toString(), /3/);
  });

  it("of a detached tensor follow its history, not that of what it was detached from", () => {
    const [x, w] = [ones([3]).requiresGrad_(), tensor([5]).requiresGrad_()];
    const y = x.mul(2);
    const d = y.detach();
    const part = d.get(":2");
    part.mul_(w);
    assert.deepEqual([d.requiresGrad, part.requiresGrad, values(y)], [true, true, [10, 10, 2]]);
    d.sum().backward();
    assert.deepEqual([values(w.grad), x.grad], [[4], undefined]);
  });

  it("keep nothing of an operand that no gradient needs", () => {
    const [x, w] = [ones([2]), ones([2]).requiresGrad_()];
    const y = w.mul(x).matmul(x);
    noGrad(() => w.add_(1));
    y.backward();
    assert.deepEqual(values(w.grad), [1, 1]);
  });

  it("a result that a gradient needs may not change, also when it is a view", () => {
    const b = tensor([-1, 2, 3]).requiresGrad_().mul(1);
    b.get(":2").relu_();
    b.get("2:").mul_(2);
    refuses(() => b.sum().backward(), AutogradError, /relu needs its result .* as it was/);
  });

  it("move every dtype", () => {
    for (const dtype of dtypes) {
      const x = tensor(
        [
          [0, 1, 1],
          [1, 0, 1],
        ],
        { dtype },
      );
      x.t().get("1:").unsqueeze(0).select(2, 0).zero_();
      x.diagonal().fill_(1);
      assert.deepEqual(
        values(x.to("int64")),
        [
          [1, 0, 0],
          [1, 1, 1],
        ],
        dtype,
      );
    }
  });
});

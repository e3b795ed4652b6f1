// Random programs over views, views of views and in-place operations, with and without noGrad, as PyTorch ran them: equal
// values, versions, refusals and gradients. The programs and PyTorch's answers: test/golden/aliasing/make.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ArgumentError, AutogradError, type Tensor, arange, noGrad, tensor } from "../../engine/index.js";
import type { Index } from "../../engine/indexExpression.js";

type Operand = { readonly of: number } | readonly number[] | number;

interface Step {
  readonly on: number;
  readonly do: readonly [string, ...unknown[]];
  readonly noGrad?: true;
  readonly refused?: Refusal;
  readonly version: number;
}

type Refusal = "saved" | "noGrad" | "leafView" | "leaf" | "stretched" | "order";

interface Program {
  readonly values: readonly number[];
  readonly mode: "leaf" | "result" | "plain";
  readonly steps: readonly Step[];
  readonly tensors: readonly ({ readonly shape: readonly number[]; readonly values: readonly number[] } | null)[];
  readonly requiresGrad: readonly boolean[];
  readonly unusable?: Readonly<Record<string, Refusal>>;
  readonly grads?: readonly [readonly number[] | null, readonly number[] | null];
  readonly backwardRefused?: Refusal;
  readonly several?: true;
}

/** What the engine says where PyTorch refuses. */
const refusals: Record<Exclude<Refusal, "order">, (e: Error) => boolean> = {
  saved: (e) => e instanceof AutogradError && /as it was, but an in-place operation changed it/.test(e.message),
  noGrad: (e) => e instanceof AutogradError && /made in noGrad/.test(e.message),
  leafView: (e) => e instanceof AutogradError && /a view of a leaf that requires grad/.test(e.message),
  leaf: (e) => e instanceof AutogradError && /a leaf that requires grad/.test(e.message),
  stretched: (e) => e instanceof ArgumentError && /expanded tensor .* are one in memory/.test(e.message),
};

const programs = JSON.parse(
  gunzipSync(readFileSync(new URL("../golden/aliasing/programs.json.gz", import.meta.url))).toString("utf8"),
) as readonly Program[];

const constant = (values: readonly number[], shape: readonly number[]): Tensor =>
  tensor(values, { dtype: "float64" }).reshape(shape).clone();

function perform(x: Tensor, [name, ...args]: Step["do"], tensors: readonly (Tensor | undefined)[]): Tensor | undefined {
  const operand = (value: Operand, shape: readonly number[]): Tensor | number => {
    if (typeof value === "number") return value;
    return "of" in value ? (tensors[value.of] as Tensor) : constant(value, shape);
  };
  switch (name) {
    case "get":
      return x.get(...(args[0] as Index[]));
    case "select":
      return x.select(args[0] as number, args[1] as number);
    case "narrow":
      return x.narrow(args[0] as number, args[1] as number, args[2] as number);
    case "transpose":
      return x.transpose(args[0] as number, args[1] as number);
    case "permute":
      return x.permute(args[0] as number[]);
    case "reshape":
      return x.reshape(args[0] as number[]);
    case "view":
      return x.view(args[0] as number[]);
    case "flatten":
      return x.flatten(args[0] as number);
    case "unsqueeze":
      return x.unsqueeze(args[0] as number);
    case "squeeze":
      return x.squeeze(args[0] as number | undefined);
    case "detach":
      return x.detach();
    case "expand":
      return x.expand(args[0] as number[]);
    case "diagonal":
      return x.diagonal(args[0] as number, args[1] as number, args[2] as number);
    case "split":
      return x.split(args[0] as number, args[1] as number)[args[2] as number];
    case "chunk":
      return x.chunk(args[0] as number, args[1] as number)[args[2] as number];
    case "unbind":
      return x.unbind(args[0] as number)[args[1] as number];
    case "square":
      return x.mul(x);
    case "add_":
    case "sub_":
    case "mul_":
      x[name](operand(args[0] as Operand, x.shape));
      return undefined;
    case "copy_":
      x.copy_(operand(args[0] as Operand, x.shape) as Tensor);
      return undefined;
    case "fill_":
      x.fill_(args[0] as number);
      return undefined;
    case "zero_":
    case "relu_":
    case "neg_":
      x[name]();
      return undefined;
    case "maskedFill_":
      x.maskedFill_(constant(args[0] as number[], x.shape).to("bool"), args[1] as number);
      return undefined;
    case "set_": {
      const indices = args[0] as Index[];
      const part = noGrad(() => x.detach().get(...indices));
      x.set_(indices, operand(args[1] as Operand, part.shape));
      return undefined;
    }
    default:
      throw new Error(`unknown step ${name}`);
  }
}

const values = (x: Tensor): number[] => Array.from(x.toTypedArray() as Float64Array);

/** Whole numbers, exact below 2^53; sums beyond are rounded in another order. */
function same(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  actual.forEach((value, i) => {
    const close = Math.abs(value - expected[i]) <= 1e-12 * Math.abs(expected[i]);
    assert.ok(value === expected[i] || close, `${what}[${i}]: expected ${expected[i]}, got ${value}`);
  });
}

function replay(program: Program): void {
  let leaf = constant(program.values, [2, 3, 4]);
  if (program.mode !== "plain") leaf = leaf.requiresGrad_();
  const weights = tensor([1, -1, 2, 3], { dtype: "float64", requiresGrad: true });
  const tensors: (Tensor | undefined)[] = [program.mode === "result" ? leaf.mul(2) : leaf, weights];
  program.steps.forEach((step, number) => {
    const what = `step ${number}, ${JSON.stringify(step)}`;
    const x = tensors[step.on] as Tensor;
    const run = () => (step.noGrad ? noGrad(() => perform(x, step.do, tensors)) : perform(x, step.do, tensors));
    const makes = !step.do[0].endsWith("_");
    const { refused } = step;
    if (refused !== undefined && refused !== "order") {
      assert.throws(run, refusals[refused], what);
      if (makes) tensors.push(undefined);
    } else {
      let made: Tensor | undefined;
      try {
        made = run();
      } catch (error) {
        throw new Error(what, { cause: error });
      }
      if (makes) tensors.push(refused === "order" ? undefined : made);
    }
    assert.equal(x.version, step.version, `version after ${what}`);
  });
  tensors.forEach((x, n) => {
    const wanted = program.tensors[n];
    if (!x || !wanted) return assert.equal(x, wanted ?? undefined);
    assert.deepEqual(x.shape, wanted.shape);
    same(values(x), wanted.values, `tensor ${n}`);
    assert.equal(x.requiresGrad, program.requiresGrad[n], `requiresGrad of tensor ${n}`);
  });
  backwards(program, tensors, leaf, weights);
}

function backwards(program: Program, tensors: readonly (Tensor | undefined)[], leaf: Tensor, weights: Tensor): void {
  const terms = tensors.flatMap((x, n) => {
    if (!x || n === 1 || !x.requiresGrad) return [];
    const factor = arange(1, x.numel() + 1, 1, { dtype: "float64" })
      .add(n)
      .reshape(x.shape);
    const term = () => x.mul(factor).sum();
    const refused = program.unusable?.[n];
    if (refused === undefined) return [term()];
    assert.throws(term, refusals[refused as "noGrad"], `use of tensor ${n}`);
    return [];
  });
  if (terms.length === 0) return assert.equal(program.grads, undefined);
  const total = terms.reduce((a, b) => a.add(b));
  if (program.backwardRefused) {
    // PyTorch finds the view that cannot be followed, or the change of what was kept: one causes the other.
    assert.throws(
      () => total.backward(),
      (e: Error) => refusals.saved(e) || refusals.noGrad(e),
      "backward",
    );
    return;
  }
  total.backward();
  const grads = program.grads ?? [null, null];
  [leaf, weights].forEach((x, i) => {
    const wanted = grads[i];
    if (i === 0 && program.mode === "plain") return;
    if (wanted === null) assert.equal(x.grad, undefined, `gradient ${i}`);
    else {
      assert.ok(x.grad, `gradient ${i} is missing`);
      same(values(x.grad), wanted, `gradient ${i}`);
    }
  });
}

describe("aliasing", () => {
  const group = 100;
  for (let start = 0; start < programs.length; start += group) {
    it(`programs ${start} to ${start + group - 1} end as PyTorch's`, () => {
      programs.slice(start, start + group).forEach((program, i) => {
        try {
          replay(program);
        } catch (error) {
          throw new Error(`program ${start + i}: ${(error as Error).message}`, { cause: error });
        }
      });
    }).timeout(60_000);
  }
});

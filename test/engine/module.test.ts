// nn.Module, optimisers' state dicts, hooks and the one wrapper around forward.
import assert from "node:assert/strict";
import {
  ArgumentError,
  GradtapeError,
  StateDictError,
  type Tensor,
  nn,
  ones,
  optim,
  zeros,
} from "../../engine/index.js";
import { observed } from "../../engine/state.js";

class Block extends nn.Module {
  fc = new nn.Linear(2, 2);
  drop = new nn.Dropout();

  forward(x: Tensor): Tensor {
    return this.drop.forward(this.fc.forward(x));
  }
}

class Net extends nn.Module {
  first = new Block();
  scale = new nn.Parameter(ones([1]));
  rest = new nn.ModuleList([new nn.Linear(2, 3), new nn.Linear(3, 1)]);

  constructor() {
    super();
    this.registerBuffer("seen", zeros([1]));
  }

  forward(x: Tensor): Tensor {
    let y = this.first.forward(x).mul(this.scale);
    for (const layer of this.rest) y = layer.forward(y);
    return y;
  }
}

const names = [
  "scale",
  "first.fc.weight",
  "first.fc.bias",
  "rest.0.weight",
  "rest.0.bias",
  "rest.1.weight",
  "rest.1.bias",
];

describe("Module", () => {
  it("finds parameters, buffers and modules by path, own ones first as PyTorch", () => {
    const net = new Net();
    assert.deepEqual(
      [...net.namedParameters()].map(([name]) => name),
      names,
    );
    assert.deepEqual(Object.keys(net.stateDict()), ["scale", "seen", ...names.slice(1)]);
    assert.deepEqual(
      [...net.namedModules()].map(([path]) => path),
      ["", "first", "first.fc", "first.drop", "rest", "rest.0", "rest.1"],
    );
  });

  it("counts a shared parameter once", () => {
    const net = new Net();
    net.rest.at(0).weight = net.first.fc.weight;
    assert.equal([...net.parameters()].length, names.length - 1);
    net.to("cpu:1");
    assert.equal(net.rest.at(0).weight, net.first.fc.weight);
  });

  it("train and eval reach every module", () => {
    const net = new Net().eval();
    assert.ok([...net.modules()].every((m) => !m.training));
    assert.deepEqual(net.forward(ones([1, 2])).toArray(), net.forward(ones([1, 2])).toArray());
    assert.ok([...net.train().modules()].every((m) => m.training));
  });

  it("loads a state dict, or lists everything that does not fit and changes nothing", () => {
    const [a, b] = [new Net(), new Net()];
    b.loadStateDict(a.stateDict());
    assert.deepEqual(b.first.fc.weight.toArray(), a.first.fc.weight.toArray());
    const { scale: _, ...state } = a.stateDict();
    const before = b.first.fc.weight.toArray();
    assert.throws(
      () =>
        b.loadStateDict({
          ...state,
          extra: ones([1]),
          "rest.1.weight": ones([2, 3]),
          "first.fc.weight": zeros([2, 2]),
        }),
      (e: Error) =>
        e instanceof StateDictError &&
        /missing keys: scale; unexpected keys: extra; rest\.1\.weight: expected shape \[1, 3\], got \[2, 3\]/.test(
          e.message,
        ),
    );
    assert.deepEqual(b.first.fc.weight.toArray(), before);
  });

  it("moves to another device in place of its parameters", () => {
    const net = new Net().to("cpu:1");
    assert.ok([...net.parameters()].every((p) => p.device.name === "cpu:1" && p.isLeaf && p.requiresGrad));
    assert.equal(net.forward(ones([1, 2], { device: "cpu:1" })).device.name, "cpu:1");
    assert.throws(() => net.forward(ones([1, 2])), /linear: expected all tensors on one device, got cpu, cpu:1, cpu:1/);
  });

  it("calls hooks and observers once per call, also with super calls", () => {
    class Deeper extends Block {
      override forward(x: Tensor): Tensor {
        return super.forward(x).add(1);
      }
    }
    const block = new Deeper().eval();
    const calls: unknown[] = [];
    const paths: string[] = [];
    const hook = block.registerForwardHook((module, inputs) => void calls.push([module, inputs.length]));
    observed.by = { enterModule: (path) => paths.push(path), leaveModule() {}, enterPhase() {}, leavePhase() {} };
    try {
      block.forward(ones([1, 2]));
    } finally {
      observed.by = undefined;
    }
    assert.deepEqual(calls, [[block, 1]]);
    assert.deepEqual(paths, ["", "fc", "drop"]);
    hook[Symbol.dispose]();
    block.forward(ones([1, 2]));
    assert.equal(calls.length, 1);
  });

  it("refuses forward as a field, and modules in a plain array", () => {
    class Arrow extends nn.Module {
      fc = new nn.Linear(2, 2);
      forward = (x: Tensor): Tensor => this.fc.forward(x);
    }
    assert.throws(
      () => [...new Arrow().parameters()],
      (e: Error) => e instanceof ArgumentError && /forward as a method/.test(e.message),
    );
    class Listed extends nn.Module {
      layers = [new nn.Linear(2, 2)];
    }
    assert.throws(
      () => [...new Listed().parameters()],
      (e: Error) => e instanceof GradtapeError && /nn\.ModuleList/.test(e.message),
    );
    class Loose extends nn.Module {
      weights = [new nn.Parameter(ones([2]))];
    }
    assert.throws(() => new Loose().stateDict(), /Loose\.weights: parameters in a plain array.*nn\.ParameterList/);
    class Known extends nn.Module {
      a = new nn.Linear(2, 2);
      all = [this.a]; // another name for what the tree has
    }
    assert.equal([...new Known().parameters()].length, 2);
  });

  it("refuses an async forward, whatever becomes of it", async () => {
    class Later extends nn.Module {
      async forward(x: Tensor): Promise<Tensor> {
        await Promise.resolve();
        throw new Error(`never seen ${x.ndim}`);
      }
    }
    assert.throws(
      () => void new Later().forward(ones([1])),
      /Later: expected forward to return its result, got a promise/,
    );
    await new Promise(setImmediate); // the promise's own error is handled
  });

  it("takes modules, parameters and buffers by path, or says what is there", () => {
    const net = new Net();
    assert.equal(net.getSubmodule(""), net);
    assert.equal(net.getSubmodule("rest.1"), net.rest.at(1));
    assert.equal(net.getParameter("first.fc.weight"), net.first.fc.weight);
    assert.equal(net.getBuffer("seen").item(), 0);
    assert.throws(
      () => net.getSubmodule("first.gone"),
      /Block: expected a module "gone" of "first.gone", there is fc, drop/,
    );
    assert.throws(() => net.getParameter("seen"), /Net: expected a parameter "seen", there is scale/);
    assert.throws(() => net.getBuffer("scale"), /Net: expected a buffer "scale", there is seen/);
  });

  it("registers by name: parameters, modules, buffers that are state and buffers that are not", () => {
    class Registered extends nn.Module {
      plain = ones([1]);
      declare kept: Tensor;
      declare scratch: Tensor;
    }
    const net = new Registered();
    net.registerParameter("w", new nn.Parameter(ones([2])));
    net.registerParameter("none", undefined);
    net.registerModule("fc", new nn.Linear(2, 2, { bias: false }));
    net.registerBuffer("kept", zeros([1]));
    net.registerBuffer("scratch", zeros([1]), { persistent: false });
    assert.deepEqual(Object.keys(net.stateDict()), ["w", "kept", "fc.weight"]);
    assert.deepEqual(
      [...net.namedBuffers()].map(([name]) => name),
      ["kept", "scratch"],
    );
    net.to("cpu:1");
    assert.deepEqual(
      [net.kept, net.scratch, net.plain].map((x) => x.device.name),
      ["cpu:1", "cpu:1", "cpu"],
    );
    assert.throws(() => net.registerBuffer("a.b", ones([1])), /a name without dots/);
    assert.throws(() => net.registerParameter("parameters", undefined), /a name of Module's own/);
    assert.throws(() => net.registerParameter("p", ones([1]) as never), /expected p as a Parameter/);
  });

  it("tied weights and a module with two names are one parameter and two keys", () => {
    class Tied extends nn.Module {
      a = new nn.Linear(2, 2);
      b = this.a;
      w = this.a.weight;
    }
    const net = new Tied();
    const paths = (options?: nn.NamedOptions) => [...net.namedParameters(options)].map(([name]) => name);
    assert.deepEqual(paths(), ["w", "a.bias"]);
    assert.deepEqual(paths({ removeDuplicate: false }), ["w", "a.weight", "a.bias"]);
    assert.deepEqual(paths({ recurse: false, prefix: "net" }), ["net.w"]);
    assert.deepEqual(Object.keys(net.stateDict()), ["w", "a.weight", "a.bias", "b.weight", "b.bias"]);
    assert.deepEqual(
      [...net.namedChildren()].map(([name]) => name),
      ["a"],
    );
    new Tied().loadStateDict(net.stateDict());
  });

  it("loads what fits with strict false and returns the keys that do not", () => {
    const net = new Net();
    const { scale: _, ...state } = net.stateDict();
    const keys = net.loadStateDict({ ...state, extra: ones([1]) }, { strict: false });
    assert.deepEqual(keys, { missingKeys: ["scale"], unexpectedKeys: ["extra"] });
    assert.deepEqual(net.loadStateDict(net.stateDict()), { missingKeys: [], unexpectedKeys: [] });
    assert.throws(
      () => net.loadStateDict({ ...state, seen: ones([2]) }, { strict: false }),
      /seen: expected shape \[1\]/,
    );
    assert.throws(
      () => net.loadStateDict({ seen: 5 as never }, { strict: false }),
      /seen: expected a Tensor, got number/,
    );
  });

  it("changes the dtype of what is floating, gradients included", () => {
    const net = new Net();
    net.registerBuffer("count", zeros([1], { dtype: "int64" }));
    net
      .forward(ones([1, 2]))
      .sum()
      .backward();
    net.double();
    assert.deepEqual(
      [net.scale.dtype, net.scale.grad?.dtype, net.getBuffer("seen").dtype, net.getBuffer("count").dtype],
      ["float64", "float64", "float64", "int64"],
    );
    const before = net.scale;
    assert.equal(net.to("float64").scale, before);
    assert.equal(net.to({ device: "cpu:1", dtype: "bfloat16" }).scale.dtype, "bfloat16");
    assert.equal(net.getBuffer("count").device.name, "cpu:1");
    assert.equal(net.cpu().float().scale.dtype, "float32");
    assert.equal(net.half().scale.dtype, "float16");
    assert.throws(() => net.to("int64"), /to: expected a floating dtype for a module, got int64/);
  });

  it("freezes, drops gradients, applies children first, and keeps an overridden train", () => {
    class Frozen extends Net {
      override train(mode = true): this {
        super.train(mode);
        this.first.eval();
        return this;
      }
    }
    const holder = new nn.ModuleList([new Frozen()]);
    const net = holder.at(0);
    holder.train();
    assert.deepEqual([net.training, net.first.drop.training], [true, false]);
    net.requiresGrad_(false);
    assert.ok([...net.parameters()].every((p) => !p.requiresGrad));
    net.requiresGrad_();
    net
      .forward(ones([1, 2]))
      .sum()
      .backward();
    const { grad } = net.scale;
    assert.notEqual(grad?.item(), 0);
    net.zeroGrad({ setToNone: false });
    assert.equal(net.scale.grad, grad);
    assert.equal(grad?.item(), 0);
    net.zeroGrad();
    assert.equal(net.scale.grad, undefined);
    const order: string[] = [];
    net.first.apply((module) => void order.push(module.constructor.name));
    assert.deepEqual(order, ["Linear", "Dropout", "Block"]);
  });

  it("names a reference upwards", () => {
    class Child extends nn.Module {
      parent: nn.Module | undefined;
    }
    class Parent extends nn.Module {
      child = new Child();
    }
    const parent = new Parent();
    parent.child.parent = parent;
    assert.equal([...parent.modules()].length, 2);
    assert.throws(() => parent.stateDict(), /child\.parent is a module that contains it/);
  });

  it("prints as a tree", () => {
    assert.equal(
      String(
        new nn.Sequential(
          new nn.Conv2d(1, 10, 5, { padding: 2 }),
          new nn.Dropout2d(),
          new nn.Linear(4, 2, { bias: false }),
        ),
      ),
      [
        "Sequential(",
        "  (0): Conv2d(1, 10, kernelSize=[5, 5], stride=1, padding=2)",
        "  (1): Dropout2d(p=0.5)",
        "  (2): Linear(inFeatures=4, outFeatures=2, bias=false)",
        ")",
      ].join("\n"),
    );
  });
});

describe("Optimizer", () => {
  it("restores its state, so that training goes on the same", () => {
    const run = (interrupt: boolean): unknown => {
      const p = new nn.Parameter(ones([3]));
      let optimiser = new optim.SGD([p], { lr: 0.1, momentum: 0.9 });
      for (let i = 0; i < 6; i++) {
        if (interrupt && i === 3) {
          const state = optimiser.stateDict();
          optimiser = new optim.SGD([p], { lr: 5 });
          optimiser.loadStateDict(state);
        }
        optimiser.zeroGrad();
        p.square().sum().backward();
        optimiser.step();
      }
      return p.toArray();
    };
    assert.deepEqual(run(true), run(false));
  });

  it("takes groups with settings of their own", () => {
    const [a, b] = [new nn.Parameter(ones([1])), new nn.Parameter(ones([1]))];
    const optimiser = new optim.SGD([{ params: [a] }, { params: [b], lr: 1 }], { lr: 0.5 });
    a.add(b).backward();
    optimiser.step();
    assert.deepEqual([a.item(), b.item()], [0.5, 0]);
    const { grad } = a;
    optimiser.zeroGrad({ setToNone: false });
    assert.equal(a.grad, grad);
    assert.equal(grad?.item(), 0);
  });

  it("zeroes a gradient that has a history in place, and drops the history", () => {
    const p = new nn.Parameter(ones([1]));
    p.mul(p).sum().backward({ createGraph: true });
    const { grad } = p;
    assert.equal(grad?.requiresGrad, true);
    new optim.SGD([p], { lr: 0.5 }).zeroGrad({ setToNone: false });
    assert.deepEqual([p.grad?.item(), p.grad?.requiresGrad, grad.item()], [0, false, 0]);
  });

  it("says what is wrong with its arguments and states", () => {
    assert.throws(() => new optim.SGD([], { lr: 0.1 }), /SGD: expected at least one parameter/);
    const p = new nn.Parameter(ones([1]));
    assert.throws(() => new optim.SGD([p, p], { lr: 0.1 }), /given twice/);
    assert.throws(() => new optim.SGD([p.mul(2)], { lr: 0.1 }), /expected leaves.*mul/);
    assert.throws(() => new optim.SGD([p], { lr: -1 }), /lr >= 0/);
    const optimiser = new optim.SGD([p], { lr: 0.1 });
    assert.throws(() => optimiser.loadStateDict({ state: {}, paramGroups: [{ params: [0, 1] }] }), StateDictError);
  });
});

describe("a parameter's place", () => {
  it("is not taken by a plain tensor unnoticed", () => {
    const layer = new nn.Linear(2, 2);
    layer.forward(zeros([1, 2]));
    (layer as { weight: unknown }).weight = zeros([2, 2]);
    assert.throws(
      () => layer.stateDict(),
      /Linear\.weight: expected a Parameter in its place, got a plain tensor, which is neither trained nor saved; write new nn\.Parameter\(x\)/,
    );
    (layer as { weight: unknown }).weight = new nn.Parameter(zeros([2, 2]));
    assert.deepEqual(Object.keys(layer.stateDict()), ["weight", "bias"]);
  });

  it("on meta is filled by toEmpty, and says so", () => {
    const real = new nn.Linear(3, 2);
    const layer = new nn.Linear(3, 2, { device: "meta" });
    assert.throws(() => layer.loadStateDict(real.stateDict()), /weight: .*on meta.*toEmpty\("cpu"\) first/);
    assert.throws(() => layer.to("cpu"), /a module on meta has no values to move; call toEmpty\("cpu"\)/);
    layer.toEmpty("cpu").loadStateDict(real.stateDict());
    assert.deepEqual(layer.weight.toArray(), real.weight.toArray());
  });
});

// Sequential, ModuleList, ModuleDict, their parameters' twins, and copies of whole networks.
import assert from "node:assert/strict";
import { AutogradError, F, type Tensor, manualSeed, nn, noGrad, ones, randn, tensor } from "../../engine/index.js";

const keys = (module: nn.Module): string[] => Object.keys(module.stateDict());
const linear = (): nn.Linear => new nn.Linear(2, 2, { bias: false });

describe("Sequential", () => {
  it("takes modules by position, or by name from an object or Map in their order", () => {
    const x = tensor([[-1, 2]]);
    const [fc, relu] = [linear(), new nn.ReLU()];
    const plain = new nn.Sequential(fc, relu);
    const named = new nn.Sequential({ fc, act: relu });
    const mapped = new nn.Sequential(
      new Map<string, nn.UnaryModule>([
        ["1", fc],
        ["0", relu],
      ]),
    );
    for (const net of [plain, named, mapped])
      assert.deepEqual(net.forward(x).toArray(), fc.forward(x).relu().toArray());
    assert.deepEqual([keys(plain), keys(named), keys(mapped)], [["0.weight"], ["fc.weight"], ["1.weight"]]);
    assert.equal(named.get("act"), relu);
    assert.throws(() => named.get("gone"), /expected a module "gone", there is fc, act/);
    assert.throws(() => new nn.Sequential({ "a.b": fc }), /names without dots/);
    assert.throws(() => new nn.Sequential(x as never), /Sequential: expected names|Sequential: expected modules/);
  });

  it("grows and shrinks as a list", () => {
    const [a, b, c, d] = [linear(), linear(), linear(), linear()];
    const net = new nn.Sequential(a).append(c).insert(1, b).extend([d]);
    assert.deepEqual([...net], [a, b, c, d]);
    assert.deepEqual(
      [net.length, net.at(-1), net.slice(1, 3).at(0), keys(net.slice(1, 3))],
      [4, d, b, ["1.weight", "2.weight"]],
    );
    assert.equal(net.pop(0), a);
    assert.deepEqual([...net.set(0, a)], [a, c, d]);
    assert.deepEqual(keys(net), ["0.weight", "1.weight", "2.weight"]);
    assert.throws(() => net.at(3), /expected an index within 3 modules, got 3/);
    assert.throws(() => net.insert(5, a), /got 5/);
    assert.throws(() => net.append(5 as never), /expected modules, got number/);
    assert.throws(() => net.append(new nn.ModuleDict()).forward(ones([1, 2])), /has no forward of its own/);
  });

  it("may be subclassed, with fields of its own", () => {
    class Scaled extends nn.Sequential {
      scale = new nn.Parameter(tensor([3]));
      head = linear();

      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(this.scale);
      }
    }
    const net = new Scaled(new nn.ReLU());
    assert.deepEqual(keys(net), ["scale", "head.weight"]);
    assert.deepEqual(
      net
        .to("float64")
        .forward(tensor([-1, 2], { dtype: "float64" }))
        .toArray(),
      [0, 6],
    );
    assert.equal(net.head.weight.dtype, "float64");
  });
});

describe("ModuleList and ModuleDict", () => {
  it("a list is a list, in order beyond ten too", () => {
    const list = new nn.ModuleList(Array.from({ length: 12 }, linear));
    assert.deepEqual(keys(list)[10], "10.weight");
    assert.equal(list.slice(-2).length, 2);
    assert.throws(() => list.forward(), /ModuleList: has no forward of its own/);
  });

  it("a dict is a map, in the order of insertion, numbers too", () => {
    const dict = new nn.ModuleDict({ b: linear(), a: linear() }).set("0", linear());
    assert.deepEqual([...dict.keys()], ["b", "a", "0"]);
    assert.deepEqual(keys(dict), ["b.weight", "a.weight", "0.weight"]);
    assert.deepEqual([dict.size, dict.has("a"), dict.has("c")], [3, true, false]);
    assert.equal(dict.get("a"), [...dict.values()][1]);
    const a = dict.get("a");
    assert.equal(dict.pop("a"), a);
    assert.throws(() => dict.get("a"), /ModuleDict: expected one of its keys \(b, 0\), got "a"/);
    dict.update([["z", a]]);
    assert.deepEqual(
      [...dict].map(([name]) => name),
      ["b", "0", "z"],
    );
    dict.clear();
    assert.deepEqual([dict.size, [...dict.parameters()]], [0, []]);
  });

  it("lists and dicts of parameters", () => {
    class Net extends nn.Module {
      list = new nn.ParameterList([ones([2]), new nn.Parameter(ones([1]), { requiresGrad: false })]);
      dict = new nn.ParameterDict({ left: ones([2]), "7": ones([1]) });
    }
    const net = new Net();
    assert.deepEqual(keys(net), ["list.0", "list.1", "dict.7", "dict.left"]);
    net.list.append(ones([3])).set(0, ones([4]));
    assert.deepEqual(
      [...net.list].map((p) => p.shape),
      [[4], [1], [3]],
    );
    assert.deepEqual([net.list.at(-1).shape, net.dict.get("left").requiresGrad], [[3], true]);
    assert.throws(() => net.list.at(3), /within 3 parameters, got 3/);
    net.double();
    assert.ok([...net.parameters()].every((p) => p.dtype === "float64"));
    assert.equal(
      String(net.list),
      "ParameterList(\n  (0): Parameter containing: [float64 of size 4]\n  (1): Parameter containing: [float64 of size 1]\n  (2): Parameter containing: [float64 of size 3]\n)",
    );
  });

  it("print as PyTorch's, equal neighbours in a list once", () => {
    const blocks = new nn.ModuleDict({
      a: new nn.ModuleList([new nn.Sequential(new nn.ReLU()), new nn.Sequential(new nn.ReLU()), new nn.Tanh()]),
      b: new nn.ModuleList(),
    });
    assert.equal(
      String(blocks),
      [
        "ModuleDict(",
        "  (a): ModuleList(",
        "    (0-1): 2 x Sequential(",
        "      (0): ReLU()",
        "    )",
        "    (2): Tanh()",
        "  )",
        "  (b): ModuleList()",
        ")",
      ].join("\n"),
    );
    class Told extends nn.Module {
      fc = linear();
      override extraRepr(): string {
        return "one\ntwo";
      }
    }
    assert.match(String(new Told()), /^Told\(\n {2}one\n {2}two\n {2}\(fc\): Linear\(.*\)\n\)$/);
  });
});

describe("deepCopy", () => {
  class Net extends nn.Module {
    fc = linear();
    tied = this.fc.weight;
    list = new nn.ModuleList([linear(), new nn.Dropout()]);
    settings = { sizes: [1, 2], names: new Map([["a", new Set([1])]]), of: F.relu };
    declare seen: Tensor;

    constructor() {
      super();
      this.registerBuffer("seen", ones([1]));
    }

    forward(x: Tensor): Tensor {
      return this.fc.forward(x);
    }
  }

  it("shares nothing that can change, and keeps what was shared within", () => {
    const net = new Net().eval();
    net
      .forward(ones([1, 2]))
      .sum()
      .backward();
    net.list.at(0).requiresGrad_(false);
    const copy = nn.deepCopy(net);
    assert.ok(copy instanceof Net && !copy.training && copy.list.at(1) instanceof nn.Dropout);
    assert.deepEqual(keys(copy), keys(net));
    assert.equal(copy.tied, copy.fc.weight);
    assert.deepEqual(
      [...copy.parameters()].map((p) => p.requiresGrad),
      [true, false],
    );
    assert.deepEqual(copy.fc.weight.grad?.toArray(), [
      [1, 1],
      [1, 1],
    ]);
    const before = net.fc.weight.toArray();
    noGrad(() => copy.fc.weight.zero_());
    copy.seen.zero_();
    copy.settings.sizes.push(3);
    copy.settings.names.get("a")?.add(2);
    assert.deepEqual([net.fc.weight.toArray(), net.seen.item()], [before, 1]);
    assert.deepEqual([net.settings.sizes, net.settings.names], [[1, 2], new Map([["a", new Set([1])]])]);
    assert.equal(copy.settings.of, F.relu);
    assert.deepEqual(copy.forward(ones([1, 2])).toArray(), [[0, 0]]);
    assert.equal(copy.double().getBuffer("seen").dtype, "float64");
  });

  it("hooks come along; recurrent layers and named containers too", () => {
    const net = new nn.Sequential({ a: linear() });
    let calls = 0;
    const handle = net.registerForwardHook(() => void calls++);
    const copy = nn.deepCopy(net);
    handle.remove();
    copy.forward(ones([1, 2]));
    assert.deepEqual([calls, keys(copy)], [1, ["a.weight"]]);
    const lstm = new nn.LSTM(2, 3);
    const x = randn([4, 1, 2]);
    assert.deepEqual(nn.deepCopy(lstm).forward(x)[0].toArray(), lstm.forward(x)[0].toArray());
  });

  it("refuses results of operations", () => {
    class Remembering extends nn.Module {
      last: Tensor | undefined;
    }
    const net = new Remembering();
    net.last = ones([2]).requiresGrad_().mul(2);
    assert.throws(
      () => nn.deepCopy(net),
      (e: Error) => e instanceof AutogradError && /a result of mul \[2\]; detach\(\)/.test(e.message),
    );
  });
});

describe("ways to write a network", () => {
  const size = [2, 3] as const;
  const x = tensor([[0.5, -1]]);
  /** Own parameters and functions only. */
  class Own extends nn.Module {
    weight = new nn.Parameter(randn([size[1], size[0]]));
    declare offset: Tensor;

    constructor() {
      super();
      this.registerBuffer("offset", ones([size[1]]));
    }

    forward(input: Tensor): Tensor {
      return F.relu(F.linear(input, this.weight)).add(this.offset);
    }
  }
  /** Layers and functions. */
  class Mixed extends nn.Module {
    fc = new nn.Linear(size[0], size[1], { bias: false });

    forward(input: Tensor): Tensor {
      return F.relu(this.fc.forward(input)).add(1);
    }
  }
  class AddOne extends nn.Module {
    forward(input: Tensor): Tensor {
      return input.add(1);
    }
  }

  it("own parameters, layers only, or both give the same", () => {
    const own = new Own();
    const mixed = new Mixed();
    const layers = new nn.Sequential(new nn.Linear(size[0], size[1], { bias: false }), new nn.ReLU(), new AddOne());
    mixed.loadStateDict({ "fc.weight": own.weight.detach() });
    layers.loadStateDict({ "0.weight": own.weight.detach() });
    const outs = [own, mixed, layers].map((net) => net.forward(x));
    outs.forEach((out) => out.sum().backward());
    assert.deepEqual(outs[1].toArray(), outs[0].toArray());
    assert.deepEqual(outs[2].toArray(), outs[0].toArray());
    const grads = [own, mixed, layers].map((net) => [...net.parameters()].map((p) => p.grad?.toArray()));
    assert.deepEqual(grads[1], grads[0]);
    assert.deepEqual(grads[2], grads[0]);
  });

  it("forward with many arguments, printing, and control flow on data and members", () => {
    class Net extends nn.Module {
      rnn = new nn.GRUCell(2, 3);
      canDrop = true;
      printed: number[] = [];

      forward(input: Tensor, hx: Tensor, drop = false): Tensor {
        const hx2 = this.rnn.forward(input, hx);
        this.printed.push(hx.mean().item());
        return hx.max().item() > 10 || (this.canDrop && drop) ? hx : hx2;
      }
    }
    manualSeed(1);
    const net = new Net();
    const hx = ones([1, 3]);
    const seen: number[] = [];
    net.registerForwardHook((_, inputs) => void seen.push(inputs.length));
    const next = net.forward(x, hx);
    assert.notDeepEqual(next.toArray(), hx.toArray());
    assert.equal(net.forward(x, hx, true), hx);
    const large = ones([1, 3]).mul(11);
    assert.equal(net.forward(x, large), large);
    net.canDrop = false;
    assert.deepEqual(net.forward(x, hx, true).toArray(), next.toArray());
    assert.deepEqual(
      [seen, net.printed],
      [
        [2, 3, 2, 3],
        [1, 1, 11, 1],
      ],
    );
    next.sum().backward();
    assert.ok([...net.parameters()].every((p) => p.grad));
  });
});

// Update rules as TensorFlow's own fused kernels: one kernel changes a parameter and its averages, where single operations
// would take a dozen. Those kernels write to variables, so each tensor has a variable that follows it, sharing its bytes;
// after the step all of them are read back at once. Meanwhile a tensor lets go of its bytes: a variable that holds them
// alone is changed in place, one that shares them (with a snapshot, say) is copied first by TensorFlow itself.
// It must not know any rule, nor what the tensors are for.
import {
  execute,
  executeMany,
  intAttr,
  kernel,
  perDType,
  stringAttr,
  typeAttr,
  upload,
  withId,
} from "../backend/native.js";
import { encodeNumbers } from "../backend/encode.js";
import type { Device } from "../device.js";
import { type DType, tfNumber } from "../dtype.js";
import { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";

type KernelId = ReturnType<typeof kernel>;

interface Variable {
  readonly handle: Storage;
  /** What the tensor's version was when both had the same contents; undefined while only one of them is right. */
  version: number | undefined;
}

/** TensorFlow's name for a variable that only its handle knows: it is freed with the handle. */
const anonymous = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";
/** Variables read by one kernel at most, so that a change of their number makes few kernels. */
const mostRead = 48;

const assign = perDType((dtype) => kernel("AssignVariableOp", [typeAttr("dtype", dtype)], 2, { outputs: 0 }));

/** Whether the fused kernels are exact enough for a dtype, and there at all. */
export const isFusable = ({ dtype, device }: Tensor): boolean =>
  device.type !== "meta" && (dtype === "float32" || dtype === "float64");

export class FusedUpdate {
  readonly #variables = new WeakMap<Tensor, Variable>();
  readonly #written = new Map<Device, Set<Tensor>>();
  /** Storages of what was written in this step. */
  readonly #open = new Set<Storage>();
  readonly #numbers = new Map<string, { readonly value: number; readonly tensor: Tensor }>();

  /**
   * Runs a kernel whose first inputs are the variables of `written`, and whose others follow. Until `finish`, the tensors
   * are empty.
   */
  run(update: KernelId, written: readonly Tensor[], inputs: readonly Storage[]): void {
    const on = written[0].device;
    const variables = written.map((x) => this.#following(x));
    let all = this.#written.get(on);
    if (!all) this.#written.set(on, (all = new Set()));
    for (const x of written) {
      all.add(x);
      this.#variableOf(x).version = undefined;
      const { storage } = x;
      this.#open.add(storage);
      if (!x.isView && !inputs.includes(storage)) lend(x, storage);
    }
    executeMany(update, on, [], [...variables, ...inputs]);
  }

  /** Lets the next kernel find `contents` in place of what `x` holds. */
  replace(x: Tensor, contents: Tensor): void {
    const variable = this.#variableOf(x);
    executeMany(assign(x.dtype), x.device, [], [variable.handle, contents.strided()]);
    variable.version = x.version;
  }

  /** Gives every tensor that was written what its variable holds. */
  finish(): void {
    for (const [on, all] of this.#written) {
      const tensors = [...all];
      for (let i = 0; i < tensors.length; i += mostRead) this.#read(on, tensors.slice(i, i + mostRead));
    }
    this.#written.clear();
    this.#open.clear();
  }

  /** Before `x` is read: another tensor of the same memory may have been written already in this step. */
  settle(x: Tensor): void {
    if (this.#open.size > 0 && (x.isView || this.#open.has(x.storage))) this.finish();
  }

  /**
   * A number that changes from step to step, as a 0-d tensor for `x`. One is kept per name, where the table of constants
   * would keep each value.
   */
  number(name: string, value: number, { dtype, device }: Tensor): Tensor {
    const key = `${name} ${dtype} ${device.name}`;
    const known = this.#numbers.get(key);
    if (known && Object.is(known.value, value)) return known.tensor;
    const onMeta = device.type === "meta";
    const storage = onMeta ? new Storage("strided") : upload(dtype, [], device, encodeNumbers(dtype, [value]));
    const tensor = new Tensor(storage, [], dtype, device);
    this.#numbers.set(key, { value, tensor });
    return tensor;
  }

  #variableOf(x: Tensor): Variable {
    let variable = this.#variables.get(x);
    if (!variable) this.#variables.set(x, (variable = { handle: newVariable(x), version: undefined }));
    return variable;
  }

  /** The handle of a variable with the tensor's present contents, or with those that an earlier kernel of this step left. */
  #following(x: Tensor): Storage {
    const variable = this.#variableOf(x);
    if (variable.version !== x.version && !this.#written.get(x.device)?.has(x)) this.replace(x, x);
    return variable.handle;
  }

  #read(on: Device, tensors: readonly Tensor[]): void {
    const handles = tensors.map((x) => this.#variableOf(x).handle);
    const contents = executeMany(
      readingKernel(tensors.map((x) => x.dtype)),
      on,
      tensors.map(() => "strided" as const),
      handles,
    );
    tensors.forEach((x, i) => {
      x.overwrite(new Tensor(contents[i] as Storage, x.shape, x.dtype, on));
      this.#variableOf(x).version = x.version;
    });
  }
}

const empty = new Map<string, Storage>();

/** No elements, for tensors that have lent theirs. */
function emptyStorage({ dtype, device }: Tensor): Storage {
  const key = `${dtype} ${device.name}`;
  let storage = empty.get(key);
  if (!storage) empty.set(key, (storage = upload(dtype, [0], device, new Uint8Array(0))));
  return storage;
}

function lend(x: Tensor, storage: Storage): void {
  const nothing = emptyStorage(x);
  withId(storage, (id, addon) => addon.assign(id, nothing.id));
}

function newVariable({ dtype, shape, device }: Tensor): Storage {
  const attrs = [
    typeAttr("dtype", dtype),
    { name: "shape", type: "shape", value: shape } as const,
    stringAttr("shared_name", anonymous),
  ];
  return execute(kernel("VarHandleOp", attrs, 0), device, "strided");
}

const readingKernel = (dtypes: readonly DType[]): KernelId =>
  kernel(
    "_ReadVariablesOp",
    [intAttr("N", dtypes.length), { name: "dtypes", type: "types", value: dtypes.map(tfNumber) }],
    0,
    { outputs: dtypes.length, listInput: 0 },
  );

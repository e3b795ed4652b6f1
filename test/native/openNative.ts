// The addon with libtensorflow open, for tests; and short ways to say kernels and tensors in them.
import v8 from "node:v8";
import vm from "node:vm";
import { dtypes } from "./dtypes.js";
import type { KernelAttr, KernelId, NativeBinding, NativeId } from "../../engine/native/binding.js";
import { describeAttempts, explainLibrary, locateLibrary } from "../../engine/native/library/index.js";
import { loadAddon } from "../../engine/native/load.js";

/** The path of the library that the tests use. A test that cannot have it fails: nothing is skipped for want of it. */
export function libraryPath(): string {
  const found = locateLibrary();
  if (!found)
    throw new Error(`these tests need libtensorflow (npm test provides it): ${describeAttempts(explainLibrary())}`);
  return found.library;
}

export function openNative(): NativeBinding {
  const native = loadAddon();
  native.load({ library: libraryPath(), cpuDevices: 2, gpuMemoryGrowth: true });
  return native;
}

/** The JavaScript object that owns a native tensor. */
export class Owner {
  id: NativeId = 0;
}

// V8 may collect an owner whose last use lies behind: what a test makes lives until `release`.
const kept: Owner[] = [];

/** Makes a tensor through `make`, kept alive until `release`. */
export function hold(make: (out: object) => NativeId): NativeId {
  const owner = new Owner();
  owner.id = make(owner);
  kept.push(owner);
  return owner.id;
}

/** Frees everything that `hold` made, now. */
export function release(native: NativeBinding): void {
  for (const { id } of kept.splice(0)) {
    try {
      native.free(id);
    } catch {
      // The test freed it.
    }
  }
}

v8.setFlagsFromString("--expose-gc");
const gc = vm.runInNewContext("gc") as () => void;

/** Frees what other tests left to V8, so that it does not go in the middle of a measurement. */
export function collectGarbage(): void {
  gc();
}

export function floats(
  native: NativeBinding,
  values: readonly number[],
  dims: readonly number[],
  device = 0,
): NativeId {
  return hold((out) => native.create(dtypes.float32, dims, device, out, Float32Array.from(values)));
}

export function ints(native: NativeBinding, values: readonly number[], dims: readonly number[], device = 0): NativeId {
  return hold((out) => native.create(dtypes.int32, dims, device, out, Int32Array.from(values)));
}

export function readFloats(native: NativeBinding, id: NativeId): number[] {
  return [...new Float32Array(native.read(id))];
}

export const type = (name: string, value: number): KernelAttr => ({ name, type: "type", value });

export function kernel(
  native: NativeBinding,
  op: string,
  inputs: number,
  options: { attrs?: readonly KernelAttr[]; outputs?: number; listInput?: number; alias?: boolean } = {},
): KernelId {
  const { attrs = [type("T", dtypes.float32)], outputs = 1, listInput = -1, alias } = options;
  return native.defineKernel({ op, attrs, inputs, outputs, listInput, alias });
}

/** The error that `call` throws. */
export function thrown(call: () => unknown): { code: string; op: string; message: string } {
  try {
    call();
  } catch (error) {
    return error as { code: string; op: string; message: string };
  }
  throw new Error("expected an error");
}

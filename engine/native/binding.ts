// The shape of the native addon (engine/native/*.cc) as TypeScript sees it: the only door to libtensorflow.
// It knows tensors, devices, executors and the recorder; it knows nothing of gradients, modules or editors.

/** A TensorFlow dtype number (`TF_DataType`): 1 float32, 2 float64, 3 int32, 4 uint8, 6 int8, 9 int64, 10 bool, 14 bfloat16, 19 float16, 22 uint32, 23 uint64, 17 uint16, 5 int16. */
export type NativeDType = number;

/** The id of a native tensor: slot and generation packed in one number, so a stale id is an error and never another tensor. 0 is none. */
export type NativeId = number;

/** The id of a kernel: an operation's name with its attributes, defined once and executed many times. Process-wide. */
export type KernelId = number;

/** The position of a device in the array that `load` returned. */
export type DeviceIndex = number;

/** One attribute of a TensorFlow operation. */
export type KernelAttr =
  | { readonly name: string; readonly type: "type"; readonly value: NativeDType }
  | { readonly name: string; readonly type: "int" | "float"; readonly value: number }
  | { readonly name: string; readonly type: "bool"; readonly value: boolean }
  | { readonly name: string; readonly type: "string"; readonly value: string }
  | { readonly name: string; readonly type: "shape"; readonly value: readonly number[] }
  | { readonly name: string; readonly type: "ints" | "floats" | "types"; readonly value: readonly number[] }
  | { readonly name: string; readonly type: "strings"; readonly value: readonly string[] };

export interface KernelSpec {
  /** TensorFlow's operation name, e.g. "Conv2D". */
  readonly op: string;
  readonly attrs: readonly KernelAttr[];
  /** Position of the one input that is a list (`ConcatV2.values`), or -1. The list takes all inputs that the others leave. */
  readonly listInput: number;
  /** Number of inputs apart from the list. */
  readonly inputs: number;
  readonly outputs: number;
  /** The outputs share the first input's buffer (Reshape, Identity…), so they count no bytes of their own. */
  readonly alias?: boolean;
}

export interface NativeDevice {
  /** Gradtape's name: "cpu", "cpu:1", "cuda:0". */
  readonly name: string;
  /** TensorFlow's full name. */
  readonly fullName: string;
  readonly type: "CPU" | "GPU";
  /** Bytes that TensorFlow reports as the device's limit. */
  readonly memoryLimit: number;
}

export interface LoadOptions {
  /** Full path of libtensorflow_cc.so.2, libtensorflow.so.2 or libtensorflow.2.dylib; the framework library is opened from the same folder. */
  readonly library: string;
  /** Number of virtual CPU devices (`cpu`, `cpu:1`, …). */
  readonly cpuDevices: number;
  /** Ask TensorFlow to grow GPU memory as it is needed. */
  readonly gpuMemoryGrowth: boolean;
  /** Threads within one operation, and for operations side by side; 0 or undefined: one per core. */
  readonly intraOpThreads?: number;
  readonly interOpThreads?: number;
}

export interface NativeTensorInfo {
  readonly dtype: NativeDType;
  readonly dims: number[];
  readonly device: DeviceIndex;
  readonly bytes: number;
  /** Raised by `assign`: how many times the contents were replaced. */
  readonly version: number;
}

export interface NativeMemory {
  /** Bytes held by live tensors now, and the highest value so far. */
  readonly bytes: number;
  readonly peakBytes: number;
  /** Live tensors. */
  readonly tensors: number;
}

/** What the addon throws: an `Error` with these fields. `message` is TensorFlow's own. */
export interface NativeError extends Error {
  /** TensorFlow's status name: "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "NOT_FOUND", …; "GRADTAPE" for the addon's own refusals. */
  readonly code: string;
  /** TensorFlow's operation name; empty where no operation was involved. */
  readonly op: string;
}

export interface NativeBinding {
  // ---- library and devices
  /** Opens libtensorflow and makes the process's one context. A second call with the same library returns the same devices; with another it throws. Callable from any thread's environment. */
  load(options: LoadOptions): NativeDevice[];
  /** True once `load` succeeded in this process. */
  isLoaded(): boolean;
  /** Makes TensorFlow refuse kernels whose results depend on the order of threads; false where this library has no such switch. */
  setDeterministic(on: boolean): boolean;
  /** TensorFlow's version, e.g. "2.18.1". */
  version(): string;
  /** Whether this library registers an operation of this name: used to probe private oneDNN operations. */
  hasOp(op: string): boolean;
  /** Sets a device's executor: async executions return before the kernel ran, as on CUDA. */
  setAsync(device: DeviceIndex, async: boolean): void;
  /** Waits for a device's pending operations; throws the first error among them, and clears it so that the device is usable again. */
  synchronize(device: DeviceIndex): void;

  // ---- kernels
  defineKernel(spec: KernelSpec): KernelId;
  /**
   * Executes a kernel with one output. `out` is the JavaScript object that owns the result: when V8 collects it, the tensor is freed
   * (a basic finalizer that runs inside the collection). Returns the result's id. Inputs are ids; whoever owns them must stay
   * reachable until the call returns, since V8 may collect an object after its last use, even within the same function.
   */
  execute(kernel: KernelId, device: DeviceIndex, out: object, ...inputs: NativeId[]): NativeId;
  /** The same for any number of outputs; `outs[i]` owns result i. An `undefined` in `outs` drops that result. Returns their ids (0 for a dropped one). */
  executeMany(
    kernel: KernelId,
    device: DeviceIndex,
    outs: readonly (object | undefined)[],
    inputs: readonly NativeId[],
  ): NativeId[];

  // ---- tensors
  /** Makes a tensor from bytes (copied). `data` undefined leaves the memory unset. */
  create(
    dtype: NativeDType,
    dims: readonly number[],
    device: DeviceIndex,
    out: object,
    data: ArrayBufferView | undefined,
  ): NativeId;
  /** Dims of a result whose shape is only known after the kernel ran. Waits for an async device. */
  info(id: NativeId): NativeTensorInfo;
  /** A copy of the contents, in physical order. Waits; throws a pending asynchronous error. */
  read(id: NativeId): ArrayBuffer;
  /** The contents without a copy where the runtime allows external buffers and the tensor is in host memory; else a copy. Never written to. */
  view(id: NativeId): ArrayBuffer;
  /** Element `index` (physical order) as a number; int64 beyond 2^53 comes as a bigint. */
  item(id: NativeId, index: number): number | bigint;
  /** Copies to another device. */
  copyTo(id: NativeId, device: DeviceIndex, out: object): NativeId;
  /** Lets `target` have the contents of `source` from now on (in-place operations); raises target's version. Both keep their owners. */
  assign(target: NativeId, source: NativeId): void;
  /** A second id for the same immutable contents (a snapshot that later `assign`s of the source do not change), owned by `out`. */
  snapshot(id: NativeId, out: object): NativeId;
  /** Frees a tensor now; its owner's collection is then a no-op. */
  free(id: NativeId): void;
  memory(device: DeviceIndex): NativeMemory;
  resetPeakMemory(device: DeviceIndex): void;

  // ---- tfjs-node's tables (its binding's own functions are exported beside this object, under their stock names)
  /** Registers the tensor with tfjs's table (no copy); returns tfjs-node's tensor id. */
  toTfjs(id: NativeId): number;
  /** Takes over the contents of a tfjs-node tensor id (no copy). */
  fromTfjs(tfjsId: number, out: object): NativeId;

  // ---- recorder (works without `load`)
  /** Opens (creates) `recorder.bin` and `events.bin` in the run's folder and writes there from now on. Throws with the errno's name when the disk is full. */
  openRecorder(folder: string): void;
  closeRecorder(): void;
  /** The id of a string in the recorder's table (file:line, module path, metric name); the same string gets the same id; 0 when the table is full or no recorder is open. */
  intern(text: string): number;
  /** Sets the fields that following op records carry; string ids. */
  setLine(line: number): void;
  setScope(scope: number): void;
  setStep(step: number): void;
  /** 0 other, 1 forward, 2 backward, 3 optimiser, 4 data. */
  setPhase(phase: number): void;
  /** Appends one record to events.bin. The kind (1 to 255, `eventKinds` in engine/runs/eventsFormat.ts) is only written down. */
  event(kind: number, name: number, step: number, value: number, value2: number): void;

  // ---- stop
  /** Raises the process's stop flag; after `graceMs` without `acknowledgeStop` a native thread ends the process with exit code 130. From any thread. */
  requestStop(graceMs: number): void;
  stopRequested(): boolean;
  /** The main thread has seen the flag and is ending by itself: the watchdog stands down. */
  acknowledgeStop(): void;
  /** Makes SIGINT and SIGTERM raise the stop flag (even inside a loop that never yields); a second signal ends the process at once. */
  stopOnSignals(graceMs: number): void;
}

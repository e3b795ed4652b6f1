// The same tensors inside `tf.*`: loads @tensorflow/tfjs-node on Gradtape's addon and passes tensors across without a
// copy. Knows tensor ids and shapes; nothing of gradients or of Gradtape's Tensor class.
import { createRequire } from "node:module";
import util from "node:util";
import type { NativeBinding, NativeId } from "../native/binding.js";

type Tfjs = typeof import("@tensorflow/tfjs-node");
type TfjsTensor = InstanceType<Tfjs["Tensor"]>;

/** tfjs and the way of tensors into it and out of it. */
export interface TfjsBridge {
  readonly tf: Tfjs;
  /**
   * A tfjs tensor over the contents of a native tensor: no copy, and later in-place changes on Gradtape's side do not
   * reach it. tfjs frees it by its own rules (`dispose`, `tf.tidy`). Throws for dtypes that tfjs does not have.
   */
  toTfjs(id: NativeId): TfjsTensor;
  /** A native tensor over the contents of a tfjs tensor, owned by `out`: no copy where tfjs computed the tensor. */
  fromTfjs(tensor: TfjsTensor, out: object): NativeId;
}

/** What this module needs of tfjs-node's backend: its table of tensors. */
interface NodeBackend {
  getInputTensorIds(tensors: readonly TfjsTensor[]): number[];
  createOutputTensor(described: { id: number; shape: number[]; dtype: number }): TfjsTensor;
}

const dtypesOfTfjs: ReadonlySet<number> = new Set([1, 3, 4, 8, 9, 10]);

let bridge: TfjsBridge | undefined;

/**
 * Loads tfjs-node, once. `loadLibrary` makes sure that libtensorflow is open and returns the addon; tfjs-node asks for
 * its devices while it is imported.
 */
export function openTfjs(loadLibrary: () => NativeBinding): TfjsBridge {
  bridge ??= makeBridge(loadLibrary());
  return bridge;
}

function makeBridge(native: NativeBinding): TfjsBridge {
  restoreIsNullOrUndefined();
  const tf = createRequire(import.meta.url)("@tensorflow/tfjs-node") as Tfjs;
  const backend = tf.backend() as unknown as NodeBackend;
  return {
    tf,
    toTfjs(id) {
      const { dtype, dims } = native.info(id);
      if (!dtypesOfTfjs.has(dtype)) {
        throw new Error(`toTfjs: expected float32, int32, int64, uint8, bool or complex64, got dtype ${dtype}`);
      }
      return backend.createOutputTensor({ id: native.toTfjs(id), shape: dims, dtype });
    },
    fromTfjs(tensor, out) {
      // Values that tfjs still holds in JavaScript are put in its table by this call.
      const [id] = backend.getInputTensorIds([tensor]);
      return native.fromTfjs(id, out);
    },
  };
}

// tfjs-node 4.22 calls this function, which Node 23 removed.
function restoreIsNullOrUndefined(): void {
  const target = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  target.isNullOrUndefined ??= (value) => value === undefined || value === null;
  target.isArray ??= Array.isArray;
}

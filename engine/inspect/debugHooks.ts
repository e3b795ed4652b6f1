// What the extension evaluates in a paused frame: a tensor's reference, and summaries put into plain fields so that the
// debugger's Variables, hover and Watch can show values without running native code.
import { withId } from "../backend/native.js";
import { noGrad } from "../state.js";
import { Tensor, trackTensors } from "../tensor.js";
import { summaryLine } from "./summary.js";

/** How many of the newest tensors get a summary at a stop, how many elements each may have, and for how long in all (ms). */
const newest = 400;
const largest = 4_000_000;
const longest = 100;

interface DebugHooks {
  /** Summarises the newest live tensors; returns how many. */
  refresh(): number;
  /** A `TensorRef` as JSON, or `{ "error": … }` for what is no tensor. */
  ref(value: unknown): string;
}

/** Installs `globalThis[Symbol.for("gradtape.debug")]` and begins to track tensors. */
export function installDebugHooks(): void {
  let live: WeakRef<Tensor>[] = [];
  trackTensors((tensor) => {
    live.push(new WeakRef(tensor));
    if (live.length > 16 * newest) live = live.slice(-4 * newest).filter((ref) => ref.deref() !== undefined);
  });
  const hooks: DebugHooks = {
    refresh() {
      let count = 0;
      const deadline = performance.now() + longest;
      for (let i = live.length - 1; i >= 0 && count < newest && performance.now() < deadline; i--) {
        const tensor = live[i].deref();
        if (!tensor || tensor.device.type === "meta" || tensor.numel() > largest) continue;
        try {
          const { storage } = tensor;
          const raw = {
            data: withId(storage, (id, addon) => addon.view(id)),
            dtype: tensor.dtype,
            shape: tensor.shape,
            layout: storage.layout,
          };
          tensor.describe(summaryLine(raw));
          count++;
        } catch {
          // A poisoned tensor has no values to summarise; the debugger then shows its facts alone.
        }
      }
      return count;
    },
    ref(value) {
      if (!(value instanceof Tensor)) return JSON.stringify({ error: `expected a Tensor, got ${describe(value)}` });
      if (value.device.type === "meta") return JSON.stringify({ error: "a tensor on meta has no values" });
      return JSON.stringify(noGrad(() => value.toRef()));
    },
  };
  (globalThis as Record<symbol, unknown>)[Symbol.for("gradtape.debug")] = hooks;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return typeof value;
  return value.constructor?.name ?? "an object";
}

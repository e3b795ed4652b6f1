// torch.autograd.set_detect_anomaly: every node remembers the line that recorded it, and a backward that fails or makes
// a NaN is told at that line. Costs a stack per operation and a read per gradient: for looking for a fault, not for training.
import { isFloating } from "../dtype.js";
import { AutogradError, GradtapeError, shapeText } from "../errors.js";
import { noGrad } from "../state.js";
import { type GradNode, type NodeWatch, watched } from "../tape.js";

const watch: NodeWatch = {
  recorded: () => new GradtapeError("recorded here"),
  returned(node, result) {
    if ("error" in result) {
      if (result.error instanceof AnomalyError) return;
      const reason = result.error instanceof Error ? result.error.message : String(result.error);
      throw new AnomalyError(`backward: the gradient of ${node.name} failed: ${reason}`, node, result.error);
    }
    noGrad(() => {
      result.grads.forEach((g, i) => {
        if (!g || !isFloating(g.dtype) || g.device.type === "meta" || g.isnan().any().item() === 0) return;
        throw new AnomalyError(
          `backward: the gradient of ${node.name} for its input ${i} (${g.dtype} ${shapeText(g.shape)}) has NaN`,
          node,
        );
      });
    });
  },
};

/** A fault of the backward pass; its stack is the forward call's, `cause` what was thrown. */
class AnomalyError extends AutogradError {
  constructor(message: string, node: GradNode, cause?: unknown) {
    const frames = node.recordedAt?.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
    const where = frames[0]?.replace(/^ +at (.*\()?/, "").replace(/\)$/, "");
    const told = where
      ? `${message}; it was recorded at ${where}`
      : `${message}; it was recorded before anomaly mode was on, or by the gradient of another operation`;
    super(told, cause === undefined ? undefined : { cause });
    if (frames.length > 0) this.stack = [`${this.name}: ${told}`, ...frames].join("\n");
  }
}

/**
 * Switches anomaly mode for the process (torch.autograd.set_detect_anomaly): a backward pass that throws or makes a NaN
 * becomes an error at the line of the forward call. Operations recorded before have no line.
 */
export function setDetectAnomaly(on: boolean): void {
  watched.by = on ? watch : undefined;
}

/** Whether anomaly mode is on (torch.is_anomaly_enabled). */
export const isAnomalyEnabled = (): boolean => watched.by === watch;

/** Runs `body` in anomaly mode (torch.autograd.detect_anomaly); without one it is a guard for `using`. */
export function detectAnomaly(): Disposable;
export function detectAnomaly<T>(body: () => T): T;
export function detectAnomaly<T>(body?: () => T): T | Disposable {
  const before = isAnomalyEnabled();
  const restore = () => setDetectAnomaly(before);
  setDetectAnomaly(true);
  if (!body) return { [Symbol.dispose]: restore };
  let result: T;
  try {
    result = body();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}

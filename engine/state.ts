// Process-wide switches of the core: grad mode, and who listens to module calls and phases.
import { AsyncLocalStorage } from "node:async_hooks";

interface GradScope {
  enabled: boolean;
}

let enabled = true;
// An async noGrad callback goes on after its caller returned: only while such callbacks are pending is the slower
// look-up in async context needed.
let pendingAsyncScopes = 0;
const scopes = new AsyncLocalStorage<GradScope>();

/** Whether operations are recorded on the tape now (torch.is_grad_enabled). */
export function isGradEnabled(): boolean {
  return pendingAsyncScopes === 0 ? enabled : (scopes.getStore()?.enabled ?? enabled);
}

function withGrad<T>(value: boolean, body: () => T): T {
  const before = enabled;
  enabled = value;
  let result: T;
  try {
    result = scopes.run({ enabled: value }, body);
  } finally {
    enabled = before;
  }
  if (isPromise(result)) {
    pendingAsyncScopes++;
    const done = () => void pendingAsyncScopes--;
    result.then(done, done);
  }
  return result;
}

function gradGuard(value: boolean): Disposable {
  const scope = pendingAsyncScopes > 0 ? scopes.getStore() : undefined;
  const before = scope ? scope.enabled : enabled;
  const set = (to: boolean) => {
    if (scope) scope.enabled = to;
    else enabled = to;
  };
  set(value);
  return { [Symbol.dispose]: () => set(before) };
}

/**
 * Runs `body` without recording (torch.no_grad). The callback may be async: only its own continuation is affected.
 * Without a callback it returns a guard for `using _ = noGrad()` in a synchronous scope.
 */
export function noGrad(): Disposable;
export function noGrad<T>(body: () => T): T;
export function noGrad<T>(body?: () => T): T | Disposable {
  return body ? withGrad(false, body) : gradGuard(false);
}

/** Records again inside a `noGrad` (torch.enable_grad). */
export function enableGrad(): Disposable;
export function enableGrad<T>(body: () => T): T;
export function enableGrad<T>(body?: () => T): T | Disposable {
  return body ? withGrad(true, body) : gradGuard(true);
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";

/** What a run attaches to the engine; absent in a plain program. The core calls it and knows nothing of it. */
export interface Observer {
  /** A module's forward begins; `path` is its name from the root ("", "conv1", "features.0"). */
  enterModule(path: string): void;
  leaveModule(): void;
  /** "forward" outside of these. */
  enterPhase(phase: "backward" | "optimiser"): void;
  leavePhase(): void;
}

/** The one observer of this process. */
export const observed: { by: Observer | undefined } = { by: undefined };

// The one error of provisioning: what was tried, why each source gave nothing, and what the user can do.
import type { Attempt } from "./location.js";

/** No source gave a library. The message is one paragraph. */
export class LibraryError extends Error {
  override readonly name = "LibraryError";
  constructor(readonly attempts: readonly Attempt[]) {
    super(describeAttempts(attempts));
  }
}

const always = "set GRADTAPE_LIBTENSORFLOW to a libtensorflow_cc.so.2 or its folder";

/** One paragraph: each source with its reason, then what to do. */
export function describeAttempts(attempts: readonly Attempt[]): string {
  const last = attempts.at(-1);
  // The user's own choice failed: no other source was asked.
  if (last?.source === "environment")
    return `libtensorflow: ${last.name} leads nowhere (${last.reason}). Correct or unset it`;
  const tried = attempts.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  const remedies = new Set(attempts.flatMap(({ remedy }) => remedy ?? []));
  const actions = [...remedies, always].join(", or ");
  return `libtensorflow: expected a library from one of ${attempts.length} sources, got none (${tried}). To go on, ${actions}, and try again`;
}

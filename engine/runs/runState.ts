// What a run's state means. Pure, for pages too: imports nothing of Node.
import type { RunState } from "../protocol.js";

/** Whether the run's process is still expected to be there. */
export const isAlive = ({ state }: { readonly state: RunState }): boolean =>
  state === "starting" || state === "running" || state === "stopping";

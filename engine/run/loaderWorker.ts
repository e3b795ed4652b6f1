// The entry of a loader's worker threads. It lies here because a worker imports the user's program as a run does; what
// it does then is engine/data's.
import "../index.js"; // registers this package's own classes, and makes tensors complete
import { workerData } from "node:worker_threads";
import { serve } from "../data/workers/serve.js";
import type { WorkerStart } from "../data/workers/messages.js";

const start = workerData as WorkerStart;
if (start.typescript) {
  const { installTypeScript } = await import("./typescript.js");
  installTypeScript();
}
serve(start);

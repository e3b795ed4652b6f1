/**
 * Whether a run on this device raises an error at the line that caused it: a CPU does unless it was told to compute
 * asynchronously, another device with CUDA's own switch only.
 */
export function hasSynchronousErrors(device: string, environment: NodeJS.ProcessEnv = process.env): boolean {
  const inTurn = /^cpu(:\d+)?$/.test(device) && environment.GRADTAPE_ASYNC_CPU !== "1";
  return inTurn || environment.CUDA_LAUNCH_BLOCKING === "1";
}

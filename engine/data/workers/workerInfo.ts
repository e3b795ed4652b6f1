// What a worker thread of a loader knows of itself. It must not know how workers are started.
export interface WorkerInfo {
  /** 0 to `numWorkers - 1`. */
  readonly id: number;
  readonly numWorkers: number;
  /** What this worker's generators were seeded with for this epoch: the epoch's own seed plus `id`. */
  readonly seed: number;
  /** This worker's copy of the dataset. */
  readonly dataset: object;
}

let info: WorkerInfo | undefined;

/** In a worker thread of a `DataLoader`, which one it is; elsewhere undefined. PyTorch: `torch.utils.data.get_worker_info`. */
export function getWorkerInfo(): WorkerInfo | undefined {
  return info;
}

/** Called by the worker itself. */
export function setWorkerInfo(now: WorkerInfo): void {
  info = now;
}

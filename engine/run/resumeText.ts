// What a run says of the checkpoint that it goes on from. Knows words only.
import type { Place } from "./checkpointFiles.js";
import { shortPath } from "./programError.js";

/** "resumed from .gradtape/runs/…/373.safetensors at epoch 3, step 373". */
export function resumedText(file: string, place: Place, folder = process.cwd()): string {
  return `resumed from ${shortPath(file, folder)} at ${placeText(place)}`;
}

function placeText({ epoch, position, step }: Place): string {
  if (epoch === 0) return `step ${step}`;
  // Between two epochs the checkpoint names the next one, which a finished program never began.
  return position === 0 && epoch > 1 ? `the end of epoch ${epoch - 1}, step ${step}` : `epoch ${epoch}, step ${step}`;
}

/**
 * Why a resumed training took no step; undefined when the checkpoint does not say so.
 * @param wentThrough the epoch of the checkpoint had no batches left
 */
export function nothingLeftText({ epoch, position, step }: Place, wentThrough: boolean): string | undefined {
  const said = (where: string) => `nothing left to train: the checkpoint is at ${where}`;
  if (epoch === 0) return step > 0 ? said(`step ${step}`) : undefined;
  if (position > 0) return wentThrough ? said(`the end of epoch ${epoch}`) : undefined;
  return epoch > 1 ? said(`the end of epoch ${epoch - 1}`) : undefined;
}

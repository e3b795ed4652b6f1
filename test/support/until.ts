// Waits for something that announces itself in no other way than by being there.
import { setTimeout as delay } from "node:timers/promises";

/** Asks until the answer is truthy. @throws Error naming `what` after `ms`. */
export async function until<T>(
  what: string,
  ms: number,
  ask: () => T | Promise<T>,
): Promise<Exclude<T, undefined | null | false | "">> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, undefined | null | false | "">;
    if (performance.now() > end) throw new Error(`${what} did not happen in ${ms} ms`);
    await delay(50);
  }
}

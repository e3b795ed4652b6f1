// Things that end together.
import type { Disposable } from "vscode";

export class Lifetime implements Disposable {
  #owned: Disposable[] = [];

  own<Thing extends Disposable>(thing: Thing): Thing {
    this.#owned.push(thing);
    return thing;
  }

  /** Ends everything, the youngest first. */
  dispose(): void {
    for (const thing of this.#owned.splice(0).reverse()) thing.dispose();
  }
}

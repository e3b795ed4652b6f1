// Every operation's samples on the meta device, in a process where libtensorflow must not be loaded. Prints what went
// wrong, a line each, and at the end whether the library stayed out.
import { readFileSync } from "node:fs";
import { zeros } from "../../../engine/index.js";
import { loadAddon } from "../../../engine/native/load.js";
import { sampledOps, tensorsOf, valuesOf } from "../samples.js";

interface Wanted {
  readonly outs: readonly { readonly dtype: string; readonly shape: readonly number[] }[];
}

for (const [name, { op, call }] of sampledOps()) {
  const file = new URL(`../../golden/ops/values/${name}.json`, import.meta.url);
  const golden = JSON.parse(readFileSync(file, "utf8")) as readonly Wanted[];
  op.samples.forEach((sample, i) => {
    if (sample.meta === false) return;
    const leaves = sample.in.map(valuesOf).map(({ shape, dtype }) => zeros(shape, { dtype, device: "meta" }));
    try {
      const outs = call(tensorsOf(sample, "meta").viewed(leaves), sample.args ?? []);
      const got = JSON.stringify(outs.map(({ shape, dtype }) => ({ dtype, shape })));
      const wanted = JSON.stringify(golden[i].outs.map(({ shape, dtype }) => ({ dtype, shape })));
      if (got !== wanted) console.log(`${name} ${i}: expected ${wanted}, got ${got}`);
    } catch (error) {
      console.log(`${name} ${i}: ${(error as Error).message}`);
    }
  });
}
console.log(loadAddon().isLoaded() ? "libtensorflow was loaded" : "without libtensorflow");

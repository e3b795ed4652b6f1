// Records in a loop that never yields, until somebody kills it.
import { writeSync } from "node:fs";
import { floats, kernel, openNative } from "../openNative.js";

const native = openNative();
const add = kernel(native, "AddV2", 2);
const x = floats(native, [1], [1]);
native.openRecorder(process.argv[2]);
const loss = native.intern("loss");
native.setLine(native.intern("loop.ts:5"));
for (let step = 1; ; step++) {
  native.setStep(step);
  native.free(native.execute(add, 0, {}, x, x));
  native.event(1, loss, step, 1 / step, 0);
  if (step === 2000) writeSync(1, `${JSON.stringify({ step })}\n`);
}

// Ends with operations still running on TensorFlow's threads.
import { writeSync } from "node:fs";
import { dtypes } from "../dtypes.js";
import { hold, kernel, openNative, type } from "../openNative.js";

const native = openNative();
native.setAsync(0, true);
const multiply = kernel(native, "MatMul", 2, { attrs: [type("T", dtypes.float32)] });
const x = hold((out) => native.create(dtypes.float32, [1000, 1000], 0, out, new Float32Array(1e6)));
for (let i = 0; i < 5; i++) hold((out) => native.execute(multiply, 0, out, x, x));
writeSync(1, `${JSON.stringify({ launched: 5 })}\n`);
process.exit(0);

// Crashes inside a kernel: a product of many seconds, and a segmentation fault while it is computed.
import { spawn } from "node:child_process";
import { dtypes } from "../dtypes.js";
import { hold, kernel, openNative, type } from "../openNative.js";

const native = openNative();
const multiply = kernel(native, "MatMul", 2, { attrs: [type("T", dtypes.float32)] });
const size = 6000;
const x = hold((out) => native.create(dtypes.float32, [size, size], 0, out, new Float32Array(size * size)));
native.openRecorder(process.argv[2]);
native.setLine(native.intern("crash.ts:9"));
spawn("sh", ["-c", `sleep 0.5; kill -SEGV ${process.pid}`], { stdio: "ignore" });
hold((out) => native.execute(multiply, 0, out, x, x));

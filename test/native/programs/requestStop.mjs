// A worker that asks for a stop while the main thread loops.
import { writeSync } from "node:fs";
import { createRequire } from "node:module";

const native = createRequire(import.meta.url)("../../../dist/native/gradtape.node").gradtape;
writeSync(1, "asking\n");
native.requestStop(300);

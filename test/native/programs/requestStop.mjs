// A worker that asks for a stop while the main thread loops.
import { createRequire } from "node:module";
createRequire(import.meta.url)("../../../dist/native/gradtape.node").gradtape.requestStop(300);

import { loadAddon } from "../../../engine/native/load.js";

const native = loadAddon();
native.openRecorder(process.argv[2]);
native.setStep(1);
native.event(1, native.intern("loss"), 1, 2, 0);
console.log(JSON.stringify({ loaded: native.isLoaded() }));

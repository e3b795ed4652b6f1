export { openExample } from "./author.js";
export { debug, inspectTensor } from "./debug.js";
export {
  doctor,
  openRun,
  openRunFolder,
  removeRun,
  runAgain,
  runProgram,
  showOutput,
  stopRun,
  test,
  train,
} from "./run.js";

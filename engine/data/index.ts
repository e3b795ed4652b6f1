// What the engine's index passes on: `import { data, vision } from "gradtape"`.
export * as data from "./data.js";
export * as vision from "./vision.js";

// Lets Node run this repository's TypeScript sources directly (tests, generators): the same esbuild settings as the
// hook that runs users' programs, but `./x.js` also finds `./x.ts`. Used as `node --import ./build/typescript.mjs`.
import module from "node:module";

process.setSourceMapsEnabled(true);
module.register("./typescriptHooks.mjs", import.meta.url);

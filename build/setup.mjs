// Everything between a fresh clone and a runnable Gradtape, each part only when it is out of date:
// packages, native addon, bundles, type declarations, libtensorflow. Only Node's own modules until packages are there.
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dependenciesAreThere, installDependencies } from "./dependencies.mjs";
import { filesBelow, stamp } from "./stamps.mjs";
import { exitWith, repository, runLogged, runSteps, StepError } from "./steps.mjs";

const groups = {
  build: ["packages", "native addon", "bundles", "types"],
  bundles: ["packages", "bundles"],
  types: ["packages", "types"],
  addon: ["packages", "native addon"],
  library: ["packages", "bundles", "libtensorflow"],
};

/** @param {{ only?: keyof typeof groups }} [options] */
export async function setup({ only } = {}) {
  checkNode();
  if (only !== undefined && !Object.hasOwn(groups, only)) {
    throw new StepError(`setup: expected --only to be one of ${Object.keys(groups).join(", ")}, got ${only}`);
  }
  const wanted = steps().filter(({ name }) => only === undefined || groups[only].includes(name));
  await runSteps(wanted);
}

function steps() {
  const sources = (...extensions) => {
    return (path) => extensions.some((ending) => path.endsWith(ending)) && !path.endsWith(".test.ts");
  };
  const bundles = stamp(
    "bundles",
    () => [
      ...filesBelow(["engine", "extension", "webview"], sources(".ts", ".css", ".svg", ".gz")),
      ...filesBelow(["build/esbuild.mjs", "package-lock.json"]),
    ],
    ["dist/engine/library.js"],
  );
  const types = stamp(
    "types",
    () => [...filesBelow(["engine"], sources(".ts", "tsconfig.json")), ...filesBelow(["tsconfig.base.json"])],
    ["dist/types/engine.tsbuildinfo"],
  );
  const addon = stamp(
    "addon",
    () => [
      ...filesBelow(["engine/native"], sources(".cc", ".h", ".gyp", ".mjs")),
      ...filesBelow(["package-lock.json"]),
    ],
    ["dist/native/gradtape.node", "node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node"],
  );
  const after = ["packages"];
  return [
    { name: "packages", isDone: dependenciesAreThere, run: installDependencies },
    {
      name: "native addon",
      after,
      isDone: () => addon.isFresh(),
      run: async (progress) => {
        const { buildAddon, linkTfjsBinding } = await importFile(join(repository, "engine", "native", "build.mjs"));
        const log = (line) => progress(line.replace(/^native addon: /, ""));
        await buildAddon({ log });
        await linkTfjsBinding({ log });
        addon.set();
      },
    },
    {
      name: "bundles",
      after,
      isDone: () => bundles.isFresh(),
      run: async () => {
        const { buildBundles } = await import("./esbuild.mjs");
        const sizes = [];
        await buildBundles({ log: (line) => sizes.push(line.replace(/ \(.*/, "")) });
        bundles.set();
        return sizes.join(", ");
      },
    },
    {
      name: "types",
      after,
      isDone: () => types.isFresh(),
      run: async () => {
        await runLogged("types", process.execPath, [
          join(repository, "node_modules/typescript/bin/tsc"),
          "-b",
          "engine",
        ]);
        types.set();
      },
    },
    {
      name: "libtensorflow",
      after: ["packages", "bundles"],
      isDone: async () => (await library()).locateLibrary() !== undefined,
      run: provide,
    },
  ];
}

const importFile = (file) => import(pathToFileURL(file).href);
const library = () => importFile(join(repository, "dist", "engine", "library.js"));

async function provide(progress) {
  const { provideLibrary } = await library();
  const found = await provideLibrary({
    onProgress: ({ what, received, total }) => {
      const share = received === undefined || !total ? "" : ` ${Math.floor((100 * received) / total)} %`;
      progress(`${what}${share}`);
    },
  }).catch((error) => {
    throw error.name === "LibraryError" || error.name === "DiskFullError" ? new StepError(error.message) : error;
  });
  return `${found.version} (${found.source})`;
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 9)) return;
  throw new StepError(`setup: expected Node.js 20.9 or newer, got ${process.version}. Install Node.js 20, 22 or 24`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await exitWith(async () => {
    const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);
    await setup({ only });
    console.log("ready");
  });
}

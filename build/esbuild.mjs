// The bundles: the engine (Node), the extension and its TypeScript server plugin (extension host), and one per webview
// panel (browser). `buildBundles()` writes dist/; `node build/esbuild.mjs --watch` keeps it up to date.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { exitWith, repository, StepError } from "./steps.mjs";

const at = (...path) => join(repository, ...path);

const shared = {
  absWorkingDir: repository,
  bundle: true,
  write: true,
  metafile: true,
  logLevel: "silent", // messages are shown once, by buildBundles
  legalComments: "none",
};

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const requireBanner =
  'import { createRequire as gradtapeCreateRequire } from "node:module"; const require = gradtapeCreateRequire(import.meta.url);';

const engineEntries = {
  index: "engine/index.ts",
  tfjs: "engine/tfjs.ts",
  cli: "engine/run/cli.ts",
  reporter: "engine/run/reporter.ts",
  hooks: "engine/run/typescriptHooks.ts",
  loaderWorker: "engine/run/loaderWorker.ts",
  library: "engine/native/library/index.ts",
};

/** The name under which tsserver finds the plugin: it only looks for packages in an extension's node_modules. */
export const typescriptPlugin = "gradtape-typescript-plugin";

function configurations() {
  const node = { ...shared, platform: "node", target: "node20", sourcemap: true, sourcesContent: false };
  return [
    {
      ...node,
      name: "engine",
      format: "esm",
      splitting: true,
      entryPoints: engineEntries,
      outdir: "dist/engine",
      // Beside the entries, so that import.meta.url leads every module to the same assets.
      chunkNames: "chunk-[hash]",
      external: ["esbuild", "@tensorflow/tfjs-node", "*.node"],
      banner: { js: requireBanner },
    },
    {
      ...node,
      name: "extension",
      format: "cjs",
      entryPoints: { main: "extension/main.ts" },
      outdir: "dist/extension",
      outExtension: { ".js": ".cjs" },
      external: ["vscode"],
    },
    {
      ...node,
      name: "typescript plugin",
      format: "cjs",
      entryPoints: { index: "extension/typescriptPlugin/index.ts" },
      outdir: `node_modules/${typescriptPlugin}`,
      outExtension: { ".js": ".cjs" },
      // tsserver calls what `module.exports` holds.
      footer: { js: "module.exports = module.exports.init;" },
    },
    {
      ...shared,
      name: "webview",
      platform: "browser",
      format: "iife",
      target: "es2022",
      minify: true,
      sourcemap: false,
      entryPoints: panels(),
      outdir: "dist/webview",
      loader: { ".ttf": "file", ".woff2": "file", ".svg": "dataurl" },
      assetNames: "[name]",
    },
  ];
}

/** A panel is a folder: its name is the bundle's. */
function panels() {
  const folder = at("webview", "panels");
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "index.ts")))
    .map((name) => ({ in: `webview/panels/${name}/index.ts`, out: name }));
}

/** Builds everything once; with `watch` also after each change, until the returned function is called. */
export async function buildBundles({ watch = false, log = console.log } = {}) {
  const esbuild = await import("esbuild");
  const sizes = await Promise.all(
    configurations().map(async ({ name, ...options }) => {
      mkdirSync(at(options.outdir), { recursive: true });
      const { metafile, warnings } = await esbuild.build(options).catch(async ({ errors = [], message }) => {
        const texts = await esbuild.formatMessages(errors, { kind: "error", color: process.stdout.isTTY });
        throw new StepError(
          [`${name} could not be bundled`, ...texts].join("\n") + (errors.length > 0 ? "" : `: ${message}`),
        );
      });
      const texts = await esbuild.formatMessages(warnings, { kind: "warning", color: process.stdout.isTTY });
      if (texts.length > 0) console.warn(texts.join("\n"));
      removeStale(options.outdir, metafile);
      return [name, metafile];
    }),
  );
  copyAssets();
  writePluginManifest();
  for (const [name, metafile] of sizes) log(`${name}: ${describe(metafile)}`);
  if (!watch) return async () => {};
  const contexts = await Promise.all(
    configurations().map(({ name: _, ...options }) => esbuild.context({ ...options, logLevel: "info" })),
  );
  await Promise.all(contexts.map((context) => context.watch()));
  return async () => void (await Promise.all(contexts.map((context) => context.dispose())));
}

/** Total size of the bundles, source maps apart, as "engine: 1.2 MB" lines for the set-up. */
function describe(metafile) {
  const files = Object.entries(metafile.outputs).filter(([file]) => !file.endsWith(".map"));
  const entries = files.filter(([, output]) => output.entryPoint);
  const total = files.reduce((sum, [, output]) => sum + output.bytes, 0);
  const parts = entries.map(([file, output]) => `${file.split("/").at(-1)} ${kB(output.bytes)}`);
  return `${kB(total)} (${parts.join(", ")})`;
}

const kB = (bytes) => `${Math.ceil(bytes / 1000)} kB`;

/** Chunks carry their hash in the name: those of earlier builds would pile up. */
function removeStale(outdir, metafile) {
  const current = new Set(Object.keys(metafile.outputs).map((file) => resolve(repository, file)));
  for (const entry of readdirSync(at(outdir), { withFileTypes: true })) {
    const file = at(outdir, entry.name);
    if (entry.isFile() && /\.(c?js|css|map|ttf)$/.test(entry.name) && !current.has(file)) rmSync(file, { force: true });
  }
}

function copyAssets() {
  copyFolder(at("engine", "data", "assets"), at("dist", "engine", "assets"));
}

/** Copies what is new; a file that is being read elsewhere is not touched without need. */
function copyFolder(from, to) {
  cpSync(from, to, {
    recursive: true,
    filter: (source) => {
      const target = join(to, relative(from, source));
      if (statSync(source).isDirectory() || !existsSync(target)) return true;
      return statSync(target).size !== statSync(source).size || statSync(target).mtimeMs < statSync(source).mtimeMs;
    },
  });
}

function writePluginManifest() {
  const folder = at("node_modules", typescriptPlugin);
  const manifest = { name: typescriptPlugin, version: "1.0.0", private: true, main: "./index.cjs" };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await exitWith(async () => {
    await buildBundles({ watch: process.argv.includes("--watch") });
  });
}

// `npm run package`: gradtape-<target>-<version>.vsix, with the addon and the compiler of this platform in it. What is
// shipped is gathered in a folder of its own: vsce takes from node_modules only what a package.json asks for there.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { typescriptPlugin } from "./esbuild.mjs";
import { setup } from "./setup.mjs";
import { cacheFolder, exitWith, repository, runLogged, runSteps, StepError } from "./steps.mjs";

const target = `${process.platform}-${process.arch}`;
const folder = join(cacheFolder, "package", target);

/** Builds the VSIX; returns its full path. */
export async function makePackage() {
  await setup({ only: "build" });
  const { version } = readManifest();
  const vsix = join(repository, `gradtape-${target}-${version}.vsix`);
  await runSteps([
    {
      name: "package",
      run: async () => {
        gather();
        const vsce = join(repository, "node_modules", "@vscode", "vsce", "vsce");
        const flags = ["--target", target, "--out", vsix, "--allow-missing-repository", "--no-rewrite-relative-links"];
        await runLogged("package", process.execPath, [vsce, "package", ...flags], { cwd: folder });
        return `${vsix.slice(repository.length + 1)}, ${(statSync(vsix).size / 1e6).toFixed(1)} MB`;
      },
    },
  ]);
  return vsix;
}

function gather() {
  const compiler = join("node_modules", "@esbuild", target);
  if (!existsSync(join(repository, compiler)))
    throw new StepError(`package: expected ${compiler}, got nothing. Run: npm ci`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const papers = readdirSync(repository).filter((name) => /^(README|LICENSE|CHANGELOG)/.test(name));
  const built = ["engine", "extension", "native", "webview", "types/engine"].map((name) => `dist/${name}`);
  const packages = ["node_modules/esbuild", compiler, `node_modules/${typescriptPlugin}`];
  for (const path of [".vscodeignore", ...papers, ...built, ...packages, "extension/media", "docs/pictures"]) {
    const from = join(repository, path);
    if (existsSync(from)) cpSync(from, join(folder, path), { recursive: true, dereference: true });
  }
  const { scripts: _, devDependencies: _dev, ...manifest } = readManifest();
  manifest.dependencies[typescriptPlugin] = "1.0.0";
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function readManifest() {
  return JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await exitWith(async () => {
    await makePackage();
  });
}

// The VSIX as a user gets it: what is in it, and that it works in a folder with nothing installed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import yauzl from "yauzl";
import { openWorkbench, type Workbench } from "../support/workbench.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const target = `${process.platform}-${process.arch}`;

const program = `import { tensor } from "gradtape";

export async function train() {
  const wrong: string = tensor([1, 2]);
  console.log(wrong);
}
`;

describe("the packaged extension", function () {
  this.timeout(180_000);
  let vsix: string;
  let folder: string;
  let code: Workbench | undefined;

  before(() => {
    execFileSync(process.execPath, ["build/package.mjs"], { cwd: repository, stdio: "pipe" });
    const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };
    vsix = join(repository, `gradtape-${target}-${version}.vsix`);
    folder = mkdtempSync(join(tmpdir(), "gradtape-lone-"));
    writeFileSync(join(folder, "train.ts"), program);
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed" && code) {
      console.log(code.logs(), await code.screenshot("package-failed"));
    }
    await code?.close();
    code = undefined;
  });
  after(() => rmSync(folder, { recursive: true }));

  it("holds what runs, and neither sources nor tests nor other platforms' compilers", async () => {
    const names = await namesIn(vsix);
    for (const needed of [
      "package.json",
      "dist/extension/main.cjs",
      "dist/engine/index.js",
      "dist/engine/cli.js",
      "dist/engine/assets/mnist/train-images-idx3-ubyte.gz",
      "dist/native/gradtape.node",
      "dist/types/engine/index.d.ts",
      "dist/webview/run.js",
      "dist/webview/run.css",
      "node_modules/esbuild/lib/main.js",
      `node_modules/@esbuild/${target}/bin/esbuild`,
      "node_modules/gradtape-typescript-plugin/index.cjs",
    ]) {
      assert.ok(names.has(`extension/${needed}`), needed);
    }
    const foreign = [...names].filter(
      (name) =>
        (name.endsWith(".ts") && !name.endsWith(".d.ts")) ||
        /\.map$|\.test\.|\/test\/|tsbuildinfo|\.stamp$|webview\/skeleton/.test(name) ||
        (name.includes("/@esbuild/") && !name.includes(`/@esbuild/${target}/`)),
    );
    assert.deepEqual(foreign, []);
    assert.ok(statSync(vsix).size < 12e6, `${statSync(vsix).size} bytes`);
  });

  it("is activated, and completes and checks a program in a folder with nothing installed", async () => {
    code = await openWorkbench({ folder, vsix });
    await code.openFile("train.ts");
    await code.page.locator(".codelens-decoration", { hasText: "Train" }).first().waitFor();
    await code.runCommand("Problems: Focus on Problems View");
    const problems = code.page.locator(".markers-panel .monaco-list-row");
    await problems.filter({ hasText: "is not assignable to type 'string'" }).first().waitFor();
    assert.doesNotMatch((await problems.allTextContents()).join("\n"), /Cannot find module/);
    await code.screenshot("package");
  });
});

async function namesIn(file: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const zip = await yauzl.openPromise(file);
  for await (const entry of zip.eachEntry()) names.add(entry.fileName);
  return names;
}

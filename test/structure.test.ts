// The shape of the repository as data: who may import whom, who alone may touch what, and habits of names and sizes.
// A new folder needs a row here; an exception goes under `debt`, and the goal is none.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../", import.meta.url));

interface Row {
  /** Beginning of a path; the longest row that fits a file is its own. A path that ends in .ts is one file. */
  readonly from: string;
  /** Beginnings of paths in the repository that it may import; its own folder always. */
  readonly may: readonly string[];
  /** The same, with `import type` only. */
  readonly types?: readonly string[];
}

/** Borders of the processes: no code of either side. */
const borders = ["engine/protocol.ts", "engine/channel", "engine/protocolSchemas.ts"];
/** What every part of the engine stands on. */
const core = [
  "backend",
  "backward",
  "create",
  "device",
  "dtype",
  "errors",
  "op",
  "families",
  "hooks",
  "inPlace",
  "indexBounds",
  "indexExpression",
  "multinomial",
  "random",
  "shape",
  "state",
  "storage",
  "tape",
  "tensor",
  "view",
]
  .map((name) => `engine/${name}`)
  .concat("engine/ops/", "engine/functional/", "engine/backend/");

const imports: readonly Row[] = [
  { from: "engine/protocol.ts", may: [] },
  {
    from: "engine/native/",
    may: ["engine/io/download.ts", "engine/io/diskSpace.ts", "engine/io/lock.ts", "engine/io/cacheFolder.ts"],
  },
  {
    from: "engine/backend/",
    may: ["engine/native/", "engine/storage", "engine/device", "engine/dtype", "engine/errors", "engine/shape"],
    types: borders,
  },
  { from: "engine/", may: core, types: [...borders, "engine/native/binding.ts"] },
  // Printing is the inspector's, so that a printed and an inspected tensor never differ.
  { from: "engine/tensor.ts", may: [...core, "engine/inspect/print.ts"], types: borders },
  { from: "engine/channel", may: [...borders, "engine/socketTransport.ts"] },
  { from: "engine/protocolSchemas.ts", may: borders },
  { from: "engine/socketTransport.ts", may: borders },
  { from: "engine/nn/", may: core },
  { from: "engine/autograd/", may: core },
  { from: "engine/optim/", may: [...core, "engine/nn/"] },
  { from: "engine/distributions/", may: core },
  { from: "engine/data/", may: [...core, "engine/io/"] },
  { from: "engine/io/", may: core },
  { from: "engine/observe/", may: core, types: borders },
  { from: "engine/inspect/", may: [...core, "engine/native/"], types: borders },
  { from: "engine/runs/", may: borders, types: ["engine/native/binding.ts"] },
  { from: "engine/run/", may: ["engine/"] },
  { from: "engine/index.ts", may: ["engine/"] },
  {
    from: "extension/",
    may: [...borders, "engine/runs/", "engine/socketTransport.ts"],
    types: ["engine/run/options.ts"],
  },
  { from: "extension/generate.ts", may: ["extension/", "engine/run/options.ts"] },
  { from: "webview/", may: [...borders, "engine/runs/"] },
  { from: "examples/", may: [] },
  { from: "test/", may: [""] },
];

/** Imports that the table forbids and that are still there: "file -> import". The goal is none. */
const debt: ReadonlySet<string> = new Set([]);

/** A thing of the outside that one place alone may name. */
const owners: readonly { readonly thing: string; readonly pattern: RegExp; readonly owner: RegExp }[] = [
  { thing: "vscode", pattern: /from "vscode"/, owner: /^(extension|test)\// },
  { thing: "acquireVsCodeApi", pattern: /\bacquireVsCodeApi\b/, owner: /^(webview\/lib\/bridge\.ts|test\/)/ },
  { thing: "the UI toolkit", pattern: /from "@vscode\/webview-ui-toolkit/, owner: /^webview\/lib\/toolkit\.ts/ },
  { thing: "tfjs", pattern: /from "@tensorflow\//, owner: /^(engine\/backend\/tfjs|engine\/native\/|test\/)/ },
  {
    thing: "the file of the native addon",
    pattern: /\.node["'`]/,
    owner: /^(engine\/native\/|test\/)/,
  },
];

const sources = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: repository,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(repository, file)));
const typescript = sources.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
const read = (file: string): string => readFileSync(join(repository, file), "utf8");

interface Import {
  readonly file: string;
  readonly typeOnly: boolean;
  /** Path in the repository for relative imports, else the package's name. */
  readonly target: string;
  readonly relative: boolean;
}

function importsOf(file: string): readonly Import[] {
  const text = read(file).replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const found = text.matchAll(
    /(?:^|[\n;])\s*(import|export)(\s+type)?\s[^;"]*?from\s*"([^"]+)"|(?:^|[\n;])\s*import\s*"([^"]+)"|(?<!typeof )\bimport\(\s*"([^"]+)"/g,
  );
  return [...found].map(([, , type, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic;
    const relative = specifier.startsWith(".");
    return {
      file,
      typeOnly: type !== undefined,
      relative,
      target: relative ? normalize(join(dirname(file), specifier)).replace(/\.js$/, ".ts") : specifier,
    };
  });
}

const beginsWith = (beginnings: readonly string[]) => (path: string) =>
  beginnings.some((beginning) => path.startsWith(beginning));

function rowOf(file: string): Row | undefined {
  return imports.filter(({ from }) => file.startsWith(from)).sort((a, b) => b.from.length - a.from.length)[0];
}

function mayImport({ file, target, typeOnly }: Import): boolean {
  const row = rowOf(file);
  if (!row) return false;
  const own = row.from.endsWith("/") ? row.from : `${dirname(row.from)}/${row.from.split("/").at(-1)}`;
  if (target.startsWith(own) && row.from !== "engine/") return true;
  // Tests beside a file may use it, and what tests share.
  if (file.endsWith(".test.ts") && (target.startsWith("test/support/") || dirname(target) === dirname(file)))
    return true;
  return beginsWith(row.may)(target) || (typeOnly && beginsWith(row.types ?? [])(target));
}

describe("structure", () => {
  const all = typescript.flatMap(importsOf);

  it("has a row for every file", () => {
    assert.deepEqual(
      typescript.filter((file) => !rowOf(file)),
      [],
    );
    assert.ok(all.length > 100, "the imports were found");
  });

  it("imports only what the table allows", () => {
    const wrong = all
      .filter((entry) => entry.relative && !mayImport(entry))
      .map(({ file, target, typeOnly }) => `${file} -> ${typeOnly ? "type " : ""}${target}`);
    assert.deepEqual(
      wrong.filter((entry) => !debt.has(entry)),
      [],
    );
    assert.deepEqual(
      [...debt].filter((entry) => !wrong.includes(entry)),
      [],
      "debt that is paid: remove the row",
    );
  });

  it("lets one panel know nothing of another", () => {
    const panelOf = (path: string) => /^webview\/panels\/([^/]+)\//.exec(path)?.[1];
    const wrong = all.filter(
      ({ file, target }) => panelOf(file) && panelOf(target) && panelOf(file) !== panelOf(target),
    );
    assert.deepEqual(wrong, []);
  });

  it("keeps tests out of what is shipped", () => {
    const wrong = all.filter(({ file, target }) => target.startsWith("test/") && !/^test\/|\.test\.ts$/.test(file));
    assert.deepEqual(wrong, []);
  });

  it("lets examples import nothing of the repository but the package", () => {
    const wrong = all.filter(({ file, target }) => file.startsWith("examples/") && !/^(gradtape|node:)/.test(target));
    assert.deepEqual(
      wrong.filter(({ file, target }) => !target.startsWith(dirname(file))),
      [],
    );
  });

  for (const { thing, pattern, owner } of owners) {
    it(`has one owner for ${thing}`, () => {
      const wrong = typescript.filter(
        (file) => !owner.test(file) && !file.startsWith("test/structure") && pattern.test(read(file)),
      );
      assert.deepEqual(wrong, []);
    });
  }

  it("names files in camelCase, and none of them after nothing", () => {
    // Examples are commands that people type, and may have a dash.
    const names = typescript
      .filter((file) => !file.startsWith("examples/"))
      .map((file) => file.split("/").at(-1) ?? "");
    assert.deepEqual(
      names.filter((name) => !/^[a-z][a-zA-Z0-9]*(\.test)?\.ts$/.test(name)),
      [],
    );
    assert.deepEqual(
      names.filter((name) => /^(utils?|helpers?|common|types)\.ts$/.test(name)),
      [],
    );
  });

  it("leaves nothing to be done later, and exports by name", () => {
    const mark = new RegExp(
      ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].map((word) => `\\b${word}\\b`).join("|"),
    );
    const texts = sources.filter((file) => /\.(ts|mjs|cjs|cc|h|css|md)$/.test(file));
    assert.deepEqual(
      texts.filter((file) => mark.test(read(file))),
      [],
    );
    assert.deepEqual(
      typescript.filter((file) => /^export default\b/m.test(read(file))),
      [],
    );
  });

  it("says at the head of each file what it is for", () => {
    const needsNone = (text: string) => text.split("\n").length < 40; // the comment of its only export is enough
    const silent = typescript
      .filter((file) => !/\.test\.ts$|^examples\//.test(file))
      .filter((file) => !/^(#!.*\n)?(\/\/|\/\*)/.test(read(file)) && !needsNone(read(file)));
    assert.deepEqual(silent, []);
  });

  it("keeps files under 500 lines", () => {
    const long = sources
      .filter((file) => /\.(ts|mjs|cc|h|css)$/.test(file))
      .map((file) => ({ file, lines: read(file).split("\n").length - 1 }))
      .filter(({ lines }) => lines > 500);
    assert.deepEqual(long, [], "which two ideas does it hold?");
  });

  it("has generated what is generated", function () {
    this.timeout(20_000);
    const output = execFileSync(
      process.execPath,
      ["--import", "./build/typescript.mjs", "extension/generate.ts", "--check"],
      {
        cwd: repository,
        encoding: "utf8",
      },
    );
    assert.match(output, /up to date/);
  });

  it("says which Node it needs in one voice", () => {
    const manifest = JSON.parse(read("package.json")) as { engines: { node: string; vscode: string } };
    assert.equal(manifest.engines.node, ">=20.9");
    // The workbench of the tests is VS Code 1.100: an extension that asks for more is silently absent there.
    assert.equal(manifest.engines.vscode, "^1.100.0");
  });
});

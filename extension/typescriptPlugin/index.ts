// A TypeScript server plugin: `import "gradtape"` finds the types of the extension's own copy where the workspace has
// none, so that a lone file completes and type-checks. Runs inside tsserver; knows nothing of VS Code.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type ts from "typescript";

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Names that may be imported, each with its declarations: from "exports", as Node and TypeScript read them. */
export function declarations(root: string): ReadonlyMap<string, string> {
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const files = new Map<string, string>();
  for (const [path, target] of Object.entries(exports)) {
    const types = (target as { readonly types?: unknown } | null)?.types;
    if (typeof types === "string")
      files.set(join(name, path).replace(/\\/g, "/"), join(root, types).replace(/\\/g, "/"));
  }
  return files;
}

export function init({ typescript }: { readonly typescript: typeof ts }): ts.server.PluginModule {
  return {
    create: (info) => {
      const host = info.languageServiceHost;
      const resolve = host.resolveModuleNameLiterals?.bind(host);
      if (!resolve) return info.languageService;
      // This file lies in node_modules/<plugin> of the extension.
      const files = declarations(join(__dirname, "..", ".."));
      host.resolveModuleNameLiterals = (literals, ...rest) =>
        resolve(literals, ...rest).map((resolution, i) => {
          const file = resolution.resolvedModule ? undefined : files.get(literals[i].text);
          if (file === undefined || !existsSync(file)) return resolution;
          const resolvedModule: ts.ResolvedModuleFull = {
            resolvedFileName: file,
            extension: typescript.Extension.Dts,
            isExternalLibraryImport: true,
            resolvedUsingTsExtension: false,
          };
          return { ...resolution, resolvedModule };
        });
      return info.languageService;
    },
  };
}

// The page docs/ops.md: every operation with its signature and its documentation, as they stand in the sources. Reads
// types, runs nothing of the engine.
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** What is walked: title, module, and how a user writes a call. */
interface Part {
  readonly title: string;
  readonly module: string;
  readonly prefix: string;
  readonly method: boolean;
  /** The exports that users have; default all. */
  readonly only?: readonly string[];
}

const parts: readonly Part[] = [
  { title: "Methods of Tensor", module: "engine/ops/index.ts", prefix: "x.", method: true },
  { title: "Functions of F", module: "engine/functional/index.ts", prefix: "F.", method: false },
  { title: "Functions of several tensors", module: "engine/functional/join.ts", prefix: "", method: false },
  {
    title: "Products by letters",
    module: "engine/functional/einsum.ts",
    prefix: "",
    method: false,
    only: ["einsum", "tensordot"],
  },
  { title: "Choosing", module: "engine/functional/where.ts", prefix: "", method: false, only: ["where"] },
  { title: "Drawing", module: "engine/multinomial.ts", prefix: "", method: false, only: ["multinomial"] },
  { title: "Creating tensors", module: "engine/create.ts", prefix: "", method: false },
];

export interface OpsPage {
  readonly page: string;
  /** Exports that lack a documentation comment. */
  readonly undocumented: readonly string[];
}

/** Reads the sources; takes a few seconds. */
export function opsPage(): OpsPage {
  const config = ts.getParsedCommandLineOfConfigFile(
    path.join(root, "engine/tsconfig.json"),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  const program = ts.createProgram({
    rootNames: parts.map(({ module }) => path.join(root, module)),
    options: { ...config?.options, noEmit: true, composite: false, incremental: false },
  });
  const checker = program.getTypeChecker();
  const undocumented: string[] = [];
  const lines = [
    "# Operations",
    "",
    "Written by `npm run generate` from the declarations in engine/ops and engine/functional; do not edit. Names and meanings",
    "are PyTorch's, in camelCase; what PyTorch takes by keyword stands in one trailing options object.",
  ];
  const seen = new Set<ts.Symbol>();
  for (const { title, module, prefix, method, only } of parts) {
    const source = program.getSourceFile(path.join(root, module));
    const symbol = source && checker.getSymbolAtLocation(source);
    if (!symbol) throw new Error(`no module ${module}`);
    const families = new Map<string, string[]>();
    for (const exported of checker.getExportsOfModule(symbol)) {
      const own = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const declaration = own.valueDeclaration;
      if (!declaration || seen.has(own) || (only && !only.includes(exported.name))) continue;
      const signatures = checker.getTypeOfSymbolAtLocation(own, declaration).getCallSignatures();
      if (signatures.length === 0) continue;
      seen.add(own);
      const doc = ts.displayPartsToString(own.getDocumentationComment(checker)).replaceAll(/\s+/g, " ").trim();
      if (doc === "") undocumented.push(`${module}: ${exported.name}`);
      const calls = signatures.map(
        (signature) => `\`${prefix}${exported.name}${parametersOf(signature, checker, method)}\``,
      );
      const family = path.basename(declaration.getSourceFile().fileName, ".ts");
      families.set(family, [...(families.get(family) ?? []), `| ${calls.join("<br>")} | ${cell(doc)} |`]);
    }
    if (families.size === 0) continue;
    lines.push("", `## ${title}`);
    for (const [family, rows] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
      lines.push("", `### ${family}`, "", "| call | what it gives |", "| --- | --- |", ...rows.sort());
    }
  }
  return { page: `${lines.join("\n")}\n`, undocumented };
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** `(other, options?)`: names only, the types are on hover in the editor. */
function parametersOf(signature: ts.Signature, checker: ts.TypeChecker, method: boolean): string {
  const parameters = signature.getParameters().slice(method ? 1 : 0);
  const shown = parameters.flatMap((parameter) => {
    const declaration = parameter.valueDeclaration;
    const is = declaration && ts.isParameter(declaration) ? declaration : undefined;
    const labels = is?.dotDotDotToken && labelsOf(checker.getTypeOfSymbol(parameter));
    if (labels) return labels;
    const optional = is && checker.isOptionalParameter(is) ? "?" : "";
    // A destructured parameter has no name of its own: it is the options object.
    const name = parameter.name.startsWith("__") ? "options" : parameter.name;
    return [`${is?.dotDotDotToken ? "…" : ""}${name}${optional}`];
  });
  return `(${shown.join(", ")})`;
}

/** The names of a rest parameter's places, where its tuple names them. */
function labelsOf(type: ts.Type): string[] | undefined {
  const labels = ((type as ts.TypeReference).target as ts.TupleType | undefined)?.labeledElementDeclarations;
  if (!labels?.every((label) => label !== undefined)) return undefined;
  return labels.map((label) => label.name.getText() + ("questionToken" in label && label.questionToken ? "?" : ""));
}

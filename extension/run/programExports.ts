// Finds what a program exports for Gradtape by reading its text: fast enough for every keystroke, no compiler.
// Knows nothing of the editor.

export type ExportedVerb = "train" | "test";

export interface ProgramExport {
  readonly verb: ExportedVerb;
  /** From 0. */
  readonly line: number;
}

export interface ProgramScan {
  /** It imports "gradtape" or a subpath of it. */
  readonly importsGradtape: boolean;
  readonly exports: readonly ProgramExport[];
}

const commentsAndTexts = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;
const imports = /(?:^|[\s;}])(?:from|import)\s*\(?\s*(["'])gradtape(?:\/[^"'\n]*)?\1/;
const declared = /^export\s+(?:async\s+)?(?:function\s*\*?|const|let|var)\s+(train|test)\b/gm;
const listed = /^export\s*\{([^}]*)\}/gm;

/** Comments and templates become blanks of the same length, so that positions stay. Quoted strings stay: imports need them. */
const blanked = (source: string) =>
  source.replace(commentsAndTexts, (text) => (text[0] === '"' || text[0] === "'" ? text : text.replace(/[^\n]/g, " ")));

/** `export { train, run as test }`: the name behind `as` counts. */
const exportedNames = (list: string) =>
  list.split(",").map((entry) =>
    entry
      .trim()
      .split(/\s+as\s+/)
      .at(-1)!
      .replace(/^type\s.*/, ""),
  );

const isVerb = (name: string): name is ExportedVerb => name === "train" || name === "test";

export function scanProgram(source: string): ProgramScan {
  if (!source.includes("gradtape")) return { importsGradtape: false, exports: [] };
  const code = blanked(source);
  if (!imports.test(code)) return { importsGradtape: false, exports: [] };
  const lineAt = (index: number) => code.slice(0, index).split("\n").length - 1;
  const found: ProgramExport[] = [];
  for (const match of code.matchAll(declared))
    found.push({ verb: match[1] as ExportedVerb, line: lineAt(match.index) });
  for (const match of code.matchAll(listed)) {
    for (const verb of exportedNames(match[1]).filter(isVerb)) found.push({ verb, line: lineAt(match.index) });
  }
  return { importsGradtape: true, exports: found.sort((a, b) => a.line - b.line) };
}

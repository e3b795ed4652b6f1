// What the compiler does not catch. Taste is prettier's; who may import whom is test/structure.test.ts.
import js from "@eslint/js";
import ts from "typescript-eslint";

const projects = ["engine", "extension", "webview", "examples", "test"].map((folder) => `./${folder}/tsconfig.json`);

export default ts.config(
  {
    ignores: ["dist/", "node_modules/", ".cache/", "test/output/", "test/golden/", "engine/native/build/", "**/*.cjs"],
  },
  js.configs.recommended,
  {
    files: ["**/*.mjs", "**/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        [
          "process",
          "console",
          "URL",
          "performance",
          "setTimeout",
          "clearTimeout",
          "setInterval",
          "clearInterval",
          "Buffer",
          "fetch",
        ].map((name) => [name, "readonly"]),
      ),
    },
    rules: { "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }] },
  },
  {
    files: ["**/*.ts"],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: projects, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-deprecated": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Numbers in messages are meant.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true, allowNever: true },
      ],
      // `interface Tensor extends Methods {}` gives a derived type a name.
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      // `"a" | "b" | string` offers the known ones for completion.
      "@typescript-eslint/no-redundant-type-constituents": "off",
      // Interfaces here describe records of functions, written as methods; classes with `this` are few.
      "@typescript-eslint/unbound-method": "off",
      // An async function may satisfy an asynchronous interface without waiting for anything.
      "@typescript-eslint/require-await": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Export by name: one name for one thing everywhere." },
        { selector: "TSEnumDeclaration", message: "Use a union of strings, or a table `as const`." },
        { selector: "TSImportEqualsDeclaration", message: "Use an import declaration." },
      ],
      eqeqeq: "error",
    },
  },
  {
    // Node's and mocha's own promises: `describe`, `it` and `test` need no await.
    files: ["**/*.test.ts"],
    rules: { "@typescript-eslint/no-floating-promises": "off", "@typescript-eslint/no-unused-expressions": "off" },
  },
);

// Classes and functions by the module and the name that they are exported under: how one thread tells another which it
// means. Modules are registered by whoever imported them; others are named by `static readonly module = import.meta.url`.

interface KnownModule {
  /** Its address, or "gradtape" for this package. */
  readonly url: string;
  readonly exports: object;
}

export interface ExportName {
  readonly module: string;
  /** Its name, for this package's a path: "vision.datasets.MNIST". */
  readonly name: string;
}

const known: KnownModule[] = [];

/** The name under which `engine/index.ts` registers what datasets may hold. */
export const ownModule = "gradtape";

/** How the running program was started: a worker starts its own modules likewise. */
export const program: {
  /** Modules are found and compiled by our hooks. */
  typescript: boolean;
  /** A script that does its work while it is imported: importing it again would do it again. */
  script: string | undefined;
} = { typescript: false, script: undefined };

/** Makes a module's exports known. */
export function registerModule(url: string, exports: object): void {
  known.push({ url, exports });
}

const names = new Map<unknown, ExportName>();
let registered = 0;

/** Where a class or function is exported; undefined when no module is known that does. */
export function findExport(value: object): ExportName | undefined {
  for (; registered < known.length; registered++) collect(known[registered], known[registered].exports, "");
  return names.get(value) ?? ownMark(value);
}

function collect(module: KnownModule, exports: object, prefix: string): void {
  for (const [name, value] of Object.entries(exports) as [string, unknown][]) {
    if (typeof value === "function") {
      if (!names.has(value)) names.set(value, { module: module.url, name: prefix + name });
    } else if (module.url === ownModule && typeof value === "object" && value !== null) {
      collect(module, value, `${prefix}${name}.`);
    }
  }
}

/** `module` on the class itself: a subclass may lie elsewhere. */
function ownMark(value: object): ExportName | undefined {
  if (!Object.hasOwn(value, "module")) return undefined;
  const { module, name } = value as { readonly module?: unknown; readonly name?: unknown };
  return typeof module === "string" && typeof name === "string" && name !== "" ? { module, name } : undefined;
}

/** Imports a module, unless it is registered. */
export async function importModule(url: string): Promise<object> {
  const found = known.find((module) => module.url === url);
  return found?.exports ?? ((await import(url)) as object);
}

/** The export of that name, or the one that calls itself so: compilers and default exports give others. */
export function exportOf(exports: object, name: string): unknown {
  const found = name
    .split(".")
    .reduce<unknown>((inside, part) => (inside as Readonly<Record<string, unknown>> | undefined)?.[part], exports);
  if (typeof found === "function") return found;
  return Object.values(exports).find((value: unknown) => typeof value === "function" && value.name === name);
}

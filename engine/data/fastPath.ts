// Classes here have a plain method and a faster one with the same result (`get` and `raw`, `forward` and `raw`). A user
// who subclasses and overrides only the plain one must be obeyed: then the inherited fast one is out of date.

/** Whether `object` has a method `fast` that was declared together with `plain` or after it. */
export function hasFastPath<Fast extends PropertyKey, T extends object>(
  object: T,
  plain: PropertyKey,
  fast: Fast,
): object is T & { [K in Fast]: Fast extends keyof T ? NonNullable<T[Fast]> : unknown } {
  for (let level: object | null = object; level !== null; level = Object.getPrototypeOf(level) as object | null) {
    if (Object.hasOwn(level, fast)) return typeof Reflect.get(level, fast, object) === "function";
    if (Object.hasOwn(level, plain)) return false;
  }
  return false;
}

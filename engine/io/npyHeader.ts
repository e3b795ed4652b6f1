// The header of a .npy file: a Python dict literal with three keys, of which only the words that NumPy writes for arrays
// of numbers are read. Nothing is evaluated. It must not know where the data lie.
import type { Refuse } from "./safetensorsHeader.js";

export interface NpyHeader {
  /** NumPy's name with its byte order: "<f4", ">i8", "|b1". */
  readonly descr: string;
  /** The first dim varies fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** @throws what `refuse` throws */
export function parseNpyHeader(text: string, refuse: Refuse): NpyHeader {
  let rest = text;
  const found = new Map<string, string>();
  const take = (pattern: RegExp, expected: string): RegExpExecArray => {
    const match = pattern.exec(rest);
    if (!match) return refuse(expected, rest === "" ? "the header's end" : JSON.stringify(rest.slice(0, 40)));
    rest = rest.slice(match[0].length);
    return match;
  };
  take(/^\s*\{\s*/, "a header that begins with {");
  while (!rest.startsWith("}")) {
    const [, , key] = take(
      /^(['"])(descr|fortran_order|shape)\1\s*:\s*/,
      "one of the keys descr, fortran_order, shape",
    );
    if (found.has(key)) return refuse("each key of the header once", `${key} twice`);
    const [, value] = take(values[key as keyof typeof values], `${expected[key as keyof typeof expected]} as ${key}`);
    found.set(key, value);
    if (!rest.startsWith("}")) take(/^,\s*/, "a comma or } in the header");
  }
  take(/^\}\s*$/, "only spaces after the header's }");
  const missing = Object.keys(values).find((key) => !found.has(key));
  if (missing !== undefined) return refuse("the keys descr, fortran_order and shape", `no ${missing}`);
  const [descr, order, shape] = Object.keys(values).map((key) => found.get(key) as string);
  return { descr: descr.slice(1, -1), fortranOrder: order === "True", shape: parseShape(shape, refuse) };
}

/** Structured and object dtypes are lists or other words, and match none of these. Python 2 wrote an L after sizes. */
const values = {
  descr: /^('[^'\\]{0,30}'|"[^"\\]{0,30}")\s*/,
  fortran_order: /^(True|False)\b\s*/,
  shape: /^(\(\s*(?:\d{1,20}L?\s*,\s*)*(?:\d{1,20}L?\s*)?\))\s*/,
} as const;
const expected = {
  descr: "a plain dtype such as '<f4'",
  fortran_order: "True or False",
  shape: "a tuple of sizes",
} as const;

function parseShape(text: string, refuse: Refuse): readonly number[] {
  const sizes = (text.match(/\d+/g) ?? []).map(Number);
  // (3) is a number in Python, and no tuple.
  if (sizes.length === 1 && !text.includes(",")) return refuse(`${expected.shape} as shape`, text);
  const tooLarge = sizes.find((size) => !Number.isSafeInteger(size));
  return tooLarge === undefined ? sizes : refuse("sizes below 2^53", String(tooLarge));
}

/** The header's text as NumPy writes it. */
export function formatNpyHeader({ descr, fortranOrder, shape }: NpyHeader): string {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  return `{'descr': '${descr}', 'fortran_order': ${fortranOrder ? "True" : "False"}, 'shape': (${sizes}), }`;
}

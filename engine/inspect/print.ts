// Prints a tensor as PyTorch does, character for character up to the spelling of the suffixes: which notation, how wide,
// where lines break, what is left out. It must not know how the values were computed or where they are.
import { isFloating } from "../dtype.js";
import { ArgumentError, shapeText } from "../errors.js";
import { sizeOf } from "../shape.js";
import { elementReader } from "./decode.js";
import { exponential, fixed } from "./pythonFormat.js";
import { requireWhole, stridesOf, type RawTensor } from "./rawTensor.js";

/** How tensors are printed (torch.set_printoptions). */
export interface PrintSettings {
  /** Digits after the point. Default 4. */
  readonly precision?: number;
  /** With more elements than this, only the edges are printed. Default 1000. */
  readonly threshold?: number;
  /** How many elements at each edge. Default 3. */
  readonly edgeItems?: number;
  /** Default 80. */
  readonly lineWidth?: number;
  /** Scientific notation always or never; by the range of the values when not given. */
  readonly sciMode?: boolean;
}

/** The settings, and what the tensor is besides its values. */
export interface PrintOptions extends PrintSettings {
  /** Where the tensor is; "cpu" is not mentioned. */
  readonly device?: string;
  readonly requiresGrad?: boolean;
  /** The operation that made it; takes the place of `requiresGrad`. */
  readonly gradFn?: string;
}

const profiles = {
  default: {},
  short: { precision: 2, threshold: 1000, edgeItems: 2 },
  full: { threshold: Infinity },
} as const satisfies Record<string, PrintSettings>;

let settings: PrintSettings = {};

/** What `setPrintOptions` set for this process. */
export const printSettings = (): PrintSettings => settings;

/**
 * Sets how `console.log(x)` and template strings show tensors from now on; what is not named stays as it is, and a profile
 * sets all (torch.set_printoptions). `sciMode: undefined` lets the values decide again.
 * @throws ArgumentError for a number that is no count.
 */
export function setPrintOptions(options: PrintSettings & { readonly profile?: keyof typeof profiles }): void {
  const { profile, ...given } = options;
  for (const name of ["precision", "threshold", "edgeItems", "lineWidth"] as const) {
    const value = given[name];
    if (
      value === undefined ||
      (Number.isInteger(value) && value >= 0) ||
      (name === "threshold" && value === Infinity)
    ) {
      continue;
    }
    throw new ArgumentError(`setPrintOptions: expected a whole ${name} of 0 or more, got ${value}`);
  }
  if (profile !== undefined && !Object.hasOwn(profiles, profile)) {
    throw new ArgumentError(
      `setPrintOptions: expected a profile of ${Object.keys(profiles).join(", ")}, got ${String(profile)}`,
    );
  }
  settings = { ...(profile === undefined ? settings : profiles[profile]), ...given };
}

/**
 * The text of `print(x)`: `tensor([[0.1000, 0.2000]], dtype=float64)`.
 * @throws {ArgumentError} when the bytes do not fit the shape
 */
export function formatTensor(raw: RawTensor, options: PrintOptions = {}): string {
  requireWhole("print", raw);
  const { precision = 4, threshold = 1000, edgeItems = 3, lineWidth = 80, sciMode } = options;
  const count = sizeOf(raw.shape);
  const edge = count > threshold ? edgeItems : Infinity;
  const prefix = "tensor(";
  const body = count === 0 ? "[]" : contents(raw, { precision, edge, lineWidth, sciMode }, prefix.length);
  return withSuffixes(prefix + body, suffixesOf(raw, count, edgeItems, options), prefix.length, lineWidth);
}

interface Style {
  readonly precision: number;
  /** Elements shown at each end of a long axis; Infinity when all are. */
  readonly edge: number;
  readonly lineWidth: number;
  readonly sciMode: boolean | undefined;
}

/** How one element is written, and the width that all of them have. */
interface ElementFormat {
  readonly width: number;
  readonly text: (index: number) => string;
}

function contents(raw: RawTensor, style: Style, indent: number): string {
  const strides = stridesOf(raw);
  const { edge, lineWidth } = style;
  const format = formatFor(raw, shownIndices(raw.shape, strides, edge), style);
  const perLine = (depth: number) => Math.max(1, Math.floor((lineWidth - indent - depth) / (format.width + 2)));

  const part = (axis: number, offset: number): string => {
    const size = raw.shape[axis];
    const places = shownPlaces(size, edge);
    const isCut = places.length < size;
    const margin = " ".repeat(indent + axis + 1);
    const isLast = axis === raw.shape.length - 1;
    const items = places.map((place) => {
      const at = offset + place * strides[axis];
      return isLast ? format.text(at) : part(axis + 1, at);
    });
    if (isCut) items.splice(edge, 0, isLast && edge > 0 ? " ..." : "...");
    if (!isLast) return `[${items.join(`,${"\n".repeat(raw.shape.length - 1 - axis)}${margin}`)}]`;
    const lines: string[] = [];
    for (let i = 0; i < items.length; i += perLine(axis)) lines.push(items.slice(i, i + perLine(axis)).join(", "));
    return `[${lines.join(`,\n${margin}`)}]`;
  };
  return raw.shape.length === 0 ? format.text(0) : part(0, 0);
}

/** The places of an axis that are printed. */
function shownPlaces(size: number, edge: number): readonly number[] {
  if (size <= 2 * edge) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: 2 * edge }, (_, i) => (i < edge ? i : size - 2 * edge + i));
}

/** Physical indices of the elements that are printed: they alone decide notation and width. */
function shownIndices(shape: readonly number[], strides: readonly number[], edge: number): readonly number[] {
  let indices: readonly number[] = [0];
  for (const [axis, size] of shape.entries()) {
    const places = shownPlaces(size, edge);
    indices = indices.flatMap((index) => places.map((place) => index + place * strides[axis]));
  }
  return indices;
}

function formatFor(raw: RawTensor, shown: readonly number[], style: Style): ElementFormat {
  if (isFloating(raw.dtype)) return floatFormat(raw, shown, style);
  const write = integerWriter(raw);
  const width = shown.reduce((widest, index) => Math.max(widest, write(index).length), 1);
  return { width, text: (index) => write(index).padStart(width) };
}

function integerWriter({ dtype, data }: RawTensor): (index: number) => string {
  if (dtype === "int64") {
    const values = new BigInt64Array(data);
    return (index) => values[index].toString();
  }
  const read = elementReader(dtype, data);
  return dtype === "bool" ? (index) => (read(index) ? "True" : "False") : (index) => String(read(index));
}

/** Whole numbers are written `2.`; scientific notation is taken for a wide range (ratio 1000), or one above 1e8 or below 1e-4. */
function floatFormat(raw: RawTensor, shown: readonly number[], { precision, sciMode }: Style): ElementFormat {
  const read = elementReader(raw.dtype, raw.data);
  // PyTorch looks at these alone: zeros, infinities and NaN decide neither notation nor width.
  const deciding = shown.map(read).filter((value) => Number.isFinite(value) && value !== 0);
  const sizes = deciding.map(Math.abs);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const isScientific =
    deciding.length > 0 && (sciMode ?? (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4));
  const isWhole = deciding.every(Number.isInteger);

  const write = (value: number): string => {
    if (isScientific) return exponential(value, precision);
    if (!isWhole) return fixed(value, precision);
    return Number.isFinite(value) ? `${fixed(value, 0)}.` : fixed(value, 0);
  };
  const width = deciding.reduce((widest, value) => Math.max(widest, write(value).length), 1);
  return { width, text: (index) => write(read(index)).padStart(width) };
}

function suffixesOf(raw: RawTensor, count: number, edgeItems: number, options: PrintOptions): readonly string[] {
  const { dtype, shape } = raw;
  const suffixes: string[] = [];
  if (options.device !== undefined && options.device !== "cpu") suffixes.push(`device='${options.device}'`);
  if ((count === 0 && shape.length !== 1) || edgeItems === 0) suffixes.push(`shape=${shapeText(shape)}`);
  // Values of the other two tell their dtype; without values nothing does.
  const isPlain = dtype === "float32" || (count > 0 && (dtype === "int64" || dtype === "bool"));
  if (!isPlain) suffixes.push(`dtype=${dtype}`);
  if (options.gradFn !== undefined) suffixes.push(`gradFn=<${capitalised(options.gradFn)}>`);
  else if (options.requiresGrad) suffixes.push("requiresGrad=true");
  return suffixes;
}

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function withSuffixes(text: string, suffixes: readonly string[], indent: number, lineWidth: number): string {
  let printed = text;
  let lastLine = text.length - text.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    if (lastLine + suffix.length + 2 > lineWidth) {
      printed += `,\n${" ".repeat(indent)}${suffix}`;
      lastLine = indent + suffix.length;
    } else {
      printed += `, ${suffix}`;
      lastLine += suffix.length + 2;
    }
  }
  return `${printed})`;
}

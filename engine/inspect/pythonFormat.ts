// Python's `f"{x:.4f}"` and `f"{x:.4e}"`: JavaScript's toFixed and toExponential, except that Python rounds an exact tie
// to the even digit, writes -0 with its sign, exponents with two digits, and infinity as inf.
// It must not know what is formatted.

/** `f"{value:.{digits}f}"`. */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  // Beyond 1e21 toFixed would write an exponent; such a number is whole.
  const text =
    size >= 1e21 ? BigInt(size).toString() + (digits > 0 ? "." + "0".repeat(digits) : "") : fixedSize(size, digits);
  return isNegative(value) ? `-${text}` : text;
}

/** `f"{value:.{digits}e}"`. */
export function exponential(value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  // All digits that decide: a tie is a 5 with nothing but zeros after it.
  const [exact, power] = size.toExponential(Math.min(digits + 60, 100)).split("e");
  const before = digits === 0 ? 1 : digits + 2;
  const isTie = /^50*$/.test(exact.slice(digits + 2));
  const [mantissa, exponent] =
    isTie && isEven(exact[before - 1]) ? [exact.slice(0, before), power] : size.toExponential(digits).split("e");
  const text = `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  return isNegative(value) ? `-${text}` : text;
}

function fixedSize(size: number, digits: number): string {
  const rounded = size.toFixed(digits);
  // A tie has exactly one decimal more than is asked for, so it is a multiple of 2^-(digits + 1).
  if (!Number.isInteger(size * 2 ** (digits + 1))) return rounded;
  const exact = size.toFixed(digits + 1);
  if (!exact.endsWith("5")) return rounded;
  const down = exact.slice(0, digits === 0 ? -2 : -1);
  return isEven(down[down.length - 1]) ? down : rounded;
}

const isEven = (digit: string): boolean => "02468".includes(digit);

const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0);

const notFinite = (value: number): string => (Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");

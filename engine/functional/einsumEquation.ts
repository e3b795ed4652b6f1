// The equation of `einsum`, read: a label for every dim of every operand and of the result. Knows shapes, no tensors.
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import type { Shape } from "../shape.js";

/** A subscript's letter; "...0" for the last dim under an ellipsis, "...1" for the one before it. */
export type Label = string;

export interface Equation {
  /** The dims of each operand. */
  readonly operands: readonly (readonly Label[])[];
  /** The dims of the result. */
  readonly output: readonly Label[];
}

/**
 * Labels of "ij,jk->ik" for operands of these shapes.
 * @throws ArgumentError for an equation that is none, and ShapeError for shapes that it does not fit.
 */
export function parseEquation(equation: string, shapes: readonly Shape[]): Equation {
  const [left, right, ...more] = equation.split("->");
  if (more.length > 0) throw bad(equation, 'expected "->" at most once');
  const terms = left.split(",").map((term, i) => subscripts(equation, term, `operand ${i}`));
  if (terms.length !== shapes.length) {
    throw new ArgumentError(
      `einsum: expected ${terms.length} operand${terms.length === 1 ? "" : "s"} for "${equation}", got ${shapes.length}`,
    );
  }
  const operands = terms.map((term, i) => labelled(equation, term, shapes[i], i));
  const under = Math.max(...operands.map((labels) => labels.filter(isEllipsis).length));
  const ellipsis = Array.from({ length: under }, (_, i) => `...${under - 1 - i}`);
  checkSizes(equation, operands, shapes);
  const output =
    right === undefined
      ? [...ellipsis, ...implicit(operands.flat())]
      : subscripts(equation, right, "the output").flatMap((label) => (label === "..." ? ellipsis : [label]));
  checkOutput(equation, output, new Set(operands.flat()));
  return { operands, output };
}

const isEllipsis = (label: Label): boolean => label.startsWith("...");

const bad = (equation: string, text: string) => new ArgumentError(`einsum: ${text} in "${equation}"`);

/** Letters and at most one "..." of one term. */
function subscripts(equation: string, term: string, where: string): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i < term.length; i++) {
    const letter = term[i];
    if (letter === " ") continue;
    if (letter === ".") {
      if (!term.startsWith("...", i)) throw bad(equation, `expected "..." for ${where}, got a single "."`);
      if (found.includes("...")) throw bad(equation, `expected one ellipsis for ${where}, got two`);
      found.push("...");
      i += 2;
    } else if (/[a-zA-Z]/.test(letter)) found.push(letter);
    else throw bad(equation, `expected subscripts in a-z and A-Z for ${where}, got "${letter}"`);
  }
  return found;
}

/** A label per dim of one operand: the ellipsis takes the dims that no letter names. */
function labelled(equation: string, term: readonly string[], shape: Shape, index: number): readonly Label[] {
  const at = term.indexOf("...");
  const letters = at < 0 ? term.length : term.length - 1;
  if (at < 0 ? letters !== shape.length : letters > shape.length) {
    const wanted = `${letters} subscript${letters === 1 ? "" : "s"}${at < 0 ? "" : " and an ellipsis"}`;
    throw new ShapeError(
      `einsum: expected operand ${index} to have a dim per subscript, got ${wanted} for ${shapeText(shape)} in "${equation}"`,
    );
  }
  if (at < 0) return term;
  const under = shape.length - letters;
  const dims = Array.from({ length: under }, (_, i) => `...${under - 1 - i}`);
  return [...term.slice(0, at), ...dims, ...term.slice(at + 1)];
}

/** Equal labels have equal sizes; between operands a size of 1 goes with every other. */
function checkSizes(equation: string, operands: readonly (readonly Label[])[], shapes: readonly Shape[]): void {
  const seen = new Map<Label, { readonly size: number; readonly operand: number }>();
  operands.forEach((labels, operand) => {
    labels.forEach((label, dim) => {
      const size = shapes[operand][dim];
      const first = labels.indexOf(label);
      const name = isEllipsis(label) ? "the dims under the ellipsis" : `subscript ${label}`;
      if (shapes[operand][first] !== size) {
        throw new ShapeError(
          `einsum: expected ${name}, repeated in operand ${operand}, to have one size, got ${shapes[operand][first]} and ${size} (${shapeText(shapes[operand])} in "${equation}")`,
        );
      }
      const other = seen.get(label);
      if (other && other.size !== size && other.size !== 1 && size !== 1) {
        throw new ShapeError(
          `einsum: expected ${name} to have one size, got ${other.size} in operand ${other.operand} and ${size} in operand ${operand} (${shapes.map(shapeText).join(", ")} in "${equation}")`,
        );
      }
      if (!other || other.size === 1) seen.set(label, { size, operand });
    });
  });
}

/** The letters that appear once, capitals first. */
function implicit(labels: readonly Label[]): readonly Label[] {
  return labels.filter((label, _, all) => !isEllipsis(label) && all.indexOf(label) === all.lastIndexOf(label)).sort();
}

function checkOutput(equation: string, output: readonly Label[], known: ReadonlySet<Label>): void {
  output.forEach((label, i) => {
    if (output.indexOf(label) !== i) throw bad(equation, `expected output subscript ${label} once, got it twice`);
    if (!known.has(label)) throw bad(equation, `expected output subscript ${label} to be one of an operand's`);
  });
}

// The equation of einsum: what it labels, and what it says of one that is none. Pure.
import assert from "node:assert/strict";
import { ArgumentError, ShapeError } from "../errors.js";
import type { Shape } from "../shape.js";
import { parseEquation } from "./einsumEquation.js";

describe("the equation of einsum", () => {
  it("labels dims, those under an ellipsis from the right", () => {
    assert.deepEqual(
      parseEquation("...ij, jk -> ...ik", [
        [5, 4, 2, 3],
        [3, 2],
      ]),
      {
        operands: [
          ["...1", "...0", "i", "j"],
          ["j", "k"],
        ],
        output: ["...1", "...0", "i", "k"],
      },
    );
  });

  it("puts the ellipsis and the letters that appear once into an implicit output, capitals first", () => {
    assert.deepEqual(
      parseEquation("b...A a,cc", [
        [2, 9, 3, 4],
        [5, 5],
      ]).output,
      ["...0", "A", "a", "b"],
    );
  });

  it("lets a size of 1 go with every other, but not within one operand", () => {
    parseEquation("ij,jk", [
      [2, 1],
      [3, 4],
    ]);
    assert.throws(() => parseEquation("ii", [[1, 3]]), ShapeError);
  });

  const wrong: readonly (readonly [string, readonly Shape[], new (...args: never[]) => Error, string])[] = [
    [
      "ij",
      [[2]],
      ShapeError,
      'einsum: expected operand 0 to have a dim per subscript, got 2 subscripts for [2] in "ij"',
    ],
    [
      "...ij",
      [[2]],
      ShapeError,
      'einsum: expected operand 0 to have a dim per subscript, got 2 subscripts and an ellipsis for [2] in "...ij"',
    ],
    [
      "ij,jk",
      [
        [2, 3],
        [4, 2],
      ],
      ShapeError,
      'einsum: expected subscript j to have one size, got 3 in operand 0 and 4 in operand 1 ([2, 3], [4, 2] in "ij,jk")',
    ],
    [
      "ii",
      [[2, 3]],
      ShapeError,
      'einsum: expected subscript i, repeated in operand 0, to have one size, got 2 and 3 ([2, 3] in "ii")',
    ],
    [
      "...i,...i",
      [
        [2, 3],
        [4, 3],
      ],
      ShapeError,
      'einsum: expected the dims under the ellipsis to have one size, got 2 in operand 0 and 4 in operand 1 ([2, 3], [4, 3] in "...i,...i")',
    ],
    ["i,j", [[2]], ArgumentError, 'einsum: expected 2 operands for "i,j", got 1'],
    ["i", [], ArgumentError, 'einsum: expected 1 operand for "i", got 0'],
    ["i1", [[2, 2]], ArgumentError, 'einsum: expected subscripts in a-z and A-Z for operand 0, got "1" in "i1"'],
    ["i..", [[2, 2]], ArgumentError, 'einsum: expected "..." for operand 0, got a single "." in "i.."'],
    ["......", [[2, 2]], ArgumentError, 'einsum: expected one ellipsis for operand 0, got two in "......"'],
    ["i->i->i", [[2]], ArgumentError, 'einsum: expected "->" at most once in "i->i->i"'],
    ["ij->ijj", [[2, 3]], ArgumentError, 'einsum: expected output subscript j once, got it twice in "ij->ijj"'],
    ["ij->k", [[2, 3]], ArgumentError, 'einsum: expected output subscript k to be one of an operand\'s in "ij->k"'],
  ];
  for (const [equation, shapes, kind, message] of wrong) {
    it(`refuses ${JSON.stringify(equation)}`, () => {
      assert.throws(
        () => parseEquation(equation, shapes),
        (error: Error) => {
          assert.ok(error instanceof kind);
          assert.equal(error.message, message);
          return true;
        },
      );
    });
  }
});

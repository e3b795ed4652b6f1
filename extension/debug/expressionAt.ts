// The expression under a cursor, by its text: `this.conv1.weight` with the cursor on conv1 is `this.conv1`. Pure.

/**
 * A name, a member behind a dot, or an index: the parts an expression is made of, left to right. An index is a name, a
 * number or a plain string: anything more could change the stopped program when it is evaluated.
 */
const chain =
  /[\p{L}_$][\p{L}\p{N}_$]*(?:\??\.#?[\p{L}_$][\p{L}\p{N}_$]*|\[(?:[\p{L}_$][\p{L}\p{N}_$]*|\d+|"[^"\\]*"|'[^'\\]*')\])*/gu;
const part = /^(?:\??\.)?#?[\p{L}_$][\p{L}\p{N}_$]*|^\[[^[\]]*\]/u;

const keywords = new Set(
  "await break case catch class const continue default delete do else export extends finally for function if import in instanceof let new of return static super switch throw try typeof var void while with yield true false null undefined".split(
    " ",
  ),
);

/** Undefined where no name stands. `column` from 0. */
export function expressionAt(line: string, column: number): string | undefined {
  for (const match of line.matchAll(chain)) {
    const start = match.index;
    if (column < start || column > start + match[0].length) continue;
    const before = line.slice(0, start);
    if (before.endsWith(".") && !before.endsWith("...")) return undefined; // a member of something that is not taken
    const expression = cutAfter(match[0], column - start);
    return keywords.has(expression) ? undefined : expression;
  }
  return undefined;
}

/** The leading parts up to the one that holds the position. */
function cutAfter(text: string, position: number): string {
  let end = 0;
  while (end < text.length) {
    const next = part.exec(text.slice(end));
    if (!next) break;
    end += next[0].length;
    if (position <= end) break;
  }
  return text.slice(0, end);
}

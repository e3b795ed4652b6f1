// A tree of modules as PyTorch prints it. Knows text only.

const indented = (text: string): string => text.replaceAll("\n", "\n  ");

/** "Net(…)" from what the module says of itself and its children by name. */
export function moduleText(name: string, extra: string, children: Iterable<readonly [string, string]>): string {
  const extraLines = extra === "" ? [] : extra.split("\n");
  const childLines = Array.from(children, ([key, text]) => `(${key}): ${indented(text)}`);
  if (extraLines.length === 1 && childLines.length === 0) return `${name}(${extra})`;
  const lines = [...extraLines, ...childLines];
  return lines.length === 0 ? `${name}()` : `${name}(\n  ${lines.join("\n  ")}\n)`;
}

/** Children by position, runs of equal ones as "(0-2): 3 x Linear(…)". */
export function* collapsed(texts: readonly string[]): Generator<readonly [string, string]> {
  for (let start = 0, end = 0; start < texts.length; start = end) {
    while (end < texts.length && texts[end] === texts[start]) end++;
    const count = end - start;
    yield count === 1 ? [String(start), texts[start]] : [`${start}-${end - 1}`, `${count} x ${texts[start]}`];
  }
}

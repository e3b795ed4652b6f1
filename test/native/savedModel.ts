// A SavedModel small enough to be written by hand: y = x + x. Numbers are the fields of TensorFlow's protocol buffers.

type Field = readonly [number, number | string | Uint8Array];

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function message(...fields: readonly Field[]): Uint8Array {
  const bytes = fields.flatMap(([field, value]) => {
    if (typeof value === "number") return [...varint(field * 8), ...varint(value)];
    const content = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return [...varint(field * 8 + 2), ...varint(content.length), ...content];
  });
  return Uint8Array.from(bytes);
}

const float32 = 1;
const entry = (key: string, value: Uint8Array) => message([1, key], [2, value]);
const unknownShape = message([3, 1]);
const typeAttr = message([6, float32]);

/** saved_model.pb with the tag "serve" and the signature "serving_default" of one input and one output. */
export function savedModelOf(names: { readonly x: string; readonly y: string }): Uint8Array {
  const placeholder = message(
    [1, names.x],
    [2, "Placeholder"],
    [5, entry("dtype", typeAttr)],
    [5, entry("shape", message([7, unknownShape]))],
  );
  const sum = message([1, names.y], [2, "AddV2"], [3, names.x], [3, names.x], [5, entry("T", typeAttr)]);
  const graph = message([1, placeholder], [1, sum], [4, message([1, 1000])]);
  const place = (name: string) => message([1, `${name}:0`], [2, float32], [3, unknownShape]);
  const signature = message(
    [1, entry("x", place(names.x))],
    [2, entry("y", place(names.y))],
    [3, "tensorflow/serving/predict"],
  );
  const metaGraph = message([1, message([4, "serve"])], [2, graph], [5, entry("serving_default", signature)]);
  return message([1, 1], [2, metaGraph]);
}

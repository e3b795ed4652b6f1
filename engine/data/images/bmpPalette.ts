// The colours of a BMP of 8 bits a pixel, which TensorFlow's decoder does not look at. It must not know how to decode.

/**
 * Red, green and blue of each of the 256 values; undefined where the values are shades of grey as they are, or no table
 * of colours lies in the file.
 */
export function bmpPalette(bytes: Uint8Array): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 54 || view.getUint16(28, true) !== 8) return undefined;
  const start = 14 + view.getUint32(14, true);
  const end = Math.min(view.getUint32(10, true), bytes.length); // where pixels begin
  const used = view.getUint32(46, true) || 256;
  const count = Math.min(used, 256, Math.floor((end - start) / 4));
  if (count < 1) return undefined;
  const palette = new Uint8Array(256 * 3);
  let isGrey = true;
  for (let i = 0; i < count; i++) {
    const [blue, green, red] = bytes.subarray(start + 4 * i, start + 4 * i + 3);
    palette.set([red, green, blue], 3 * i);
    isGrey &&= red === i && green === i && blue === i;
  }
  return isGrey ? undefined : palette;
}

/** Values as colours: 3 bytes for each. */
export function throughPalette(values: Uint8Array, palette: Uint8Array): Uint8Array {
  const out = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const at = 3 * values[i];
    out[3 * i] = palette[at];
    out[3 * i + 1] = palette[at + 1];
    out[3 * i + 2] = palette[at + 2];
  }
  return out;
}

// Reads 1,000 damaged copies of an image; prints how many were images all the same, how many were refused with an
// ImageError, and by how much the memory grew. Anything else ends the process.
import { readFileSync } from "node:fs";
import { vision } from "../../../engine/data/index.js";
import "../../../engine/index.js";
import { mutations, peakGrowth } from "../mutate.js";

const path = process.argv[2];
const { decodeImage, ImageError } = vision.io;
const whole = readFileSync(path);
decodeImage(whole); // what loading takes is not the damage's
let read = 0;
let refused = 0;
const grown = await peakGrowth(() => {
  for (const [i, bytes] of [...mutations(whole, 1_000, 20260101)].entries()) {
    // Every second PNG gets right checksums again, so that the damage reaches the decoder.
    if (i % 2 === 0) repairPng(bytes);
    try {
      const { shape, dtype } = decodeImage(bytes, { name: path });
      if (dtype !== "uint8" || shape.length !== 3) throw new Error(`${dtype} [${shape.join(", ")}]`);
      read++;
    } catch (error) {
      if (!(error instanceof ImageError) || error.file !== path) throw error;
      refused++;
    }
  }
});
console.log(JSON.stringify({ read, refused, grown }));

function repairPng(bytes: Uint8Array): void {
  if (bytes[1] !== 0x50) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) return;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

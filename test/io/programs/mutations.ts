// What may have happened to a file: bits that flipped, parts that are gone, doubled or exchanged, and numbers, lengths and
// words that somebody wrote there on purpose. All by a seeded generator.

type Random = () => number;
type Mutation = (file: Buffer, random: Random) => Buffer;

const below = (random: Random, end: number): number => Math.floor(random() * end);
const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)];

const splice = (file: Buffer, at: number, gone: number, put: Uint8Array | string): Buffer =>
  Buffer.concat([file.subarray(0, at), Buffer.from(put as string, "latin1"), file.subarray(at + gone)]);

/** Where the header's text is likely to be: the beginning. */
const inHeader = (file: Buffer, random: Random): number => below(random, Math.min(file.length, 1500));

const hostileNumbers = [
  "0",
  "1",
  "-1",
  "2",
  "255",
  "4294967296",
  "9007199254740991",
  "9007199254740993",
  "1e9",
  "99999999999999999999",
  "0.5",
  "NaN",
];
const hostileWords = [
  "__proto__",
  "constructor",
  "$tensor",
  "$numbers",
  "$map",
  "$object",
  "$undefined",
  "F64",
  "U8",
  "BOOL",
  "cuda:9",
  "meta",
  "shape",
  "<f8",
  "|O",
  ">i8",
  "True",
];

const mutations: readonly Mutation[] = [
  // one to eight bits
  (file, random) => {
    const out = Buffer.from(file);
    for (let n = below(random, 8); n >= 0; n--) out[below(random, out.length)] ^= 1 << below(random, 8);
    return out;
  },
  (file, random) => {
    const out = Buffer.from(file);
    out[inHeader(file, random)] ^= 1 << below(random, 8);
    return out;
  },
  // another character in the header
  (file, random) => splice(file, inHeader(file, random), 1, String.fromCharCode(32 + below(random, 95))),
  // cut short, or with more behind it
  (file, random) => file.subarray(0, below(random, file.length)),
  (file, random) => Buffer.concat([file, Buffer.alloc(1 + below(random, 64), below(random, 256))]),
  // a part gone, doubled, or from elsewhere
  (file, random) => splice(file, inHeader(file, random), 1 + below(random, 40), ""),
  (file, random) => {
    const at = inHeader(file, random);
    return splice(file, at, 0, file.toString("latin1", at, at + 1 + below(random, 60)));
  },
  (file, random) => {
    const from = below(random, file.length);
    return splice(file, below(random, file.length), 16, file.toString("latin1", from, from + 16));
  },
  // lengths of the header: huge, near to right
  (file, random) => {
    const out = Buffer.from(file);
    const at = pick(random, [0, 8]);
    if (out.length >= at + 8) {
      if (random() < 0.5) out.writeBigUInt64LE(BigInt(below(random, 2 ** 48)) << BigInt(below(random, 16)), at);
      else out.writeUInt16LE((out.readUInt16LE(at) + below(random, 9) - 4) & 0xffff, at);
    }
    return out;
  },
  // a number of the header replaced: sizes, offsets that overlap, versions
  (file, random) => replaced(file, random, /\d+/g, hostileNumbers),
  (file, random) => replaced(file, random, /\d+/g, numbersOf(file)),
  // a word replaced by one that may mean something else
  (file, random) => replaced(file, random, /[$<>|]?[A-Za-z_][A-Za-z0-9_]*/g, hostileWords),
  (file, random) => replaced(replaced(file, random, /\d+/g, hostileNumbers), random, /\d+/g, hostileNumbers),
];

/** All occurrences are in the text at the beginning; the length of a safetensors header is kept right half of the time. */
function replaced(file: Buffer, random: Random, what: RegExp, by: readonly string[]): Buffer {
  const text = file.toString("latin1", 0, 1500);
  const found = [...text.matchAll(what)].filter(({ index }) => index >= 8);
  if (found.length === 0 || by.length === 0) return file;
  const { index, 0: old } = pick(random, found);
  const out = splice(file, index, old.length, pick(random, by));
  const change = out.length - file.length;
  if (random() < 0.5) return out;
  const isNpy = file[0] === 0x93;
  const length = isNpy ? file.readUInt16LE(8) : file.readUInt32LE(0);
  if (isNpy) out.writeUInt16LE((length + change) & 0xffff, 8);
  else out.writeUInt32LE((length + change) >>> 0, 0);
  return out;
}

const numbersOf = (file: Buffer): readonly string[] =>
  [...file.toString("latin1", 0, 1500).matchAll(/\d+/g)].map(([number]) => number);

/** The same file after one or several of these. */
export function mutated(file: Buffer, random: Random): Buffer {
  let out = file;
  do {
    if (out.length > 0) out = pick(random, mutations)(out, random);
  } while (random() < 0.3);
  return out;
}

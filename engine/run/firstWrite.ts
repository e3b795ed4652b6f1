// Whether anything was printed. Knows no run.

/** Watches streams until the first write to any of them; gives whether there was one. */
export function firstWrite(streams: readonly NodeJS.WriteStream[]): () => boolean {
  let written = false;
  const restores = streams.map((stream) => {
    const original = stream.write;
    const watched: typeof stream.write = (...args: readonly unknown[]) => {
      written = true;
      for (const restore of restores) restore();
      return Reflect.apply(original, stream, args) as boolean;
    };
    stream.write = watched;
    return () => {
      // Somebody who wrapped it later keeps his wrapper; ours then only passes on.
      if (stream.write === watched) stream.write = original;
    };
  });
  return () => written;
}

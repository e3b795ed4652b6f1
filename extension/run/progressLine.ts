// Lines that `gradtape doctor --install` prints while it fetches libtensorflow. Pure.

/** "downloading wheel tensorflow-cpu 2.18.1 30 %" as it is shown; undefined for lines of the report that follows. */
export function progressOfLine(line: string): string | undefined {
  const match = /^((?:downloading|unpacking|waiting)\b.*?)(?: (\d{1,3}) %)?\s*$/.exec(line);
  if (!match) return undefined;
  return match[2] === undefined ? match[1] : `${match[1]}: ${match[2]} %`;
}

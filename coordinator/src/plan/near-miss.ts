/**
 * The first of the names that is the one written but for one letter too many, too few or wrong, or two
 * neighbours exchanged. O(names × their length).
 */
export function nearMiss<T extends string>(written: string, names: Iterable<T>): T | undefined {
  for (const name of names) if (isNear(written, name)) return name;
  return undefined;
}

function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const isExchanged = left.length === 2 && left === [...right].reverse().join('');
  return isExchanged || (left.length <= 1 && right.length <= 1);
}

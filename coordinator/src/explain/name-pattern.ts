export interface PatternLimits {
  /** Alternatives in one pair of braces. */
  readonly alternatives: number;
  /** Patterns side by side. */
  readonly patterns: number;
}

const USUAL_LIMITS: PatternLimits = { alternatives: 4, patterns: 5 };

/** A set of names: every choice of one part from each place, joined. */
type Cube = readonly (readonly string[])[];

/**
 * Names on one line, alternatives in braces: `{value,momentum}.trader`, `chunk-{1..6}`. A pattern that is
 * written out stands for exactly the names given; what is left out shows as "…" or is counted. The order
 * is that of the names. O(names × parts × passes).
 */
export function namePattern(names: readonly string[], limits: Partial<PatternLimits> = {}): string {
  const { alternatives, patterns } = { ...USUAL_LIMITS, ...limits };
  const cubes = joinCubes([...new Set(names)].map((name) => partsOf(name).map((part) => [part])));
  const shown = cubes.slice(0, patterns).map((cube) => printCube(cube, alternatives));
  const hidden = cubes.slice(patterns).reduce((sum, cube) => sum + sizeOf(cube), 0);
  return hidden === 0 ? shown.join(', ') : `${shown.join(', ')} and ${hidden} more`;
}

/** Parts with the mark they begin with: "views", "[1]", ".view"; "expert", "-3". */
function partsOf(name: string): string[] {
  return name.split(/(?=[.[]|-\d+(?![^.[]))/);
}

function sizeOf(cube: Cube): number {
  return cube.reduce((product, parts) => product * parts.length, 1);
}

/** Joins cubes that differ in one place only, first in the place where that spares most. */
function joinCubes(start: readonly Cube[]): readonly Cube[] {
  let cubes = start;
  for (;;) {
    const places = Math.max(0, ...cubes.map((cube) => cube.length));
    let best = cubes;
    for (let place = 0; place < places; place++) {
      const joined = joinAt(cubes, place);
      if (joined.length < best.length) best = joined;
    }
    if (best === cubes) return cubes;
    cubes = best;
  }
}

function joinAt(cubes: readonly Cube[], place: number): readonly Cube[] {
  const joined = new Map<string, Cube>();
  for (const [number, cube] of cubes.entries()) {
    const others = cube.map((parts, i) => (i === place ? [] : [...parts].sort()));
    const key = place < cube.length ? JSON.stringify(others) : `alone ${number}`;
    const known = joined.get(key);
    const merge = (parts: readonly string[], i: number) =>
      i === place ? [...new Set([...parts, ...(cube[i] ?? [])])] : parts;
    joined.set(key, known === undefined ? cube : known.map(merge));
  }
  return [...joined.values()];
}

/** Names of a single part need no braces. */
function printCube(cube: Cube, alternatives: number): string {
  const [only] = cube;
  if (cube.length === 1 && only !== undefined) {
    const shown = only.length <= alternatives ? only : only.slice(0, Math.max(1, alternatives - 1));
    const more = only.length - shown.length;
    return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
  }
  return cube.map((parts) => printPlace(parts, alternatives)).join('');
}

function printPlace(parts: readonly string[], alternatives: number): string {
  const [first = ''] = parts;
  if (parts.length === 1) return first;
  const mark = /^[.[-]?/.exec(first)?.[0] ?? '';
  const isMarked = parts.every((part) => part.startsWith(mark));
  const lead = isMarked ? mark : '';
  const tail = lead === '[' ? ']' : '';
  const bare = parts.map((part) => part.slice(lead.length, part.length - tail.length));
  const range = rangeOf(bare);
  return `${lead}${range ?? `{${few(bare, alternatives).join(',')}}`}${tail}`;
}

function few(items: readonly string[], limit: number): readonly string[] {
  return items.length <= limit ? items : [...items.slice(0, Math.max(1, limit - 1)), '…'];
}

/** "{1..6}" for three or more consecutive numbers. */
function rangeOf(parts: readonly string[]): string | undefined {
  if (parts.length < 3 || !parts.every((part) => /^\d+$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  const [first = 0] = numbers;
  const isRun = numbers.every((number, i) => number === first + i);
  return isRun ? `{${first}..${first + parts.length - 1}}` : undefined;
}

/** "row 0", "rows 0 and 2", "rows 0 to 9", "12 rows (0, 3, 4, …)". */
export function rowList(rows: readonly number[]): string {
  const sorted = [...new Set(rows)].sort((a, b) => a - b);
  const [first = 0] = sorted;
  const last = sorted.at(-1) ?? first;
  if (sorted.length === 1) return `row ${first}`;
  if (sorted.length === 2) return `rows ${first} and ${last}`;
  if (last - first === sorted.length - 1) return `rows ${first} to ${last}`;
  if (sorted.length <= 6) return `rows ${sorted.slice(0, -1).join(', ')} and ${last}`;
  return `${sorted.length} rows (${sorted.slice(0, 3).join(', ')}, …)`;
}

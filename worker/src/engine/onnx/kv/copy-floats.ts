/** Copied by one turn of the loop. */
const UNROLLED = 8;

/**
 * Copies a few floats, as many as a head has: so few that making views for `set` costs more, and so does
 * a loop of one float a turn where the floats are in cache.
 */
export function copyFloats(
  source: Float32Array,
  from: number,
  target: Float32Array,
  to: number,
  count: number,
): void {
  const whole = count - (count % UNROLLED);
  for (let i = 0; i < whole; i += UNROLLED) {
    const read = from + i;
    const write = to + i;
    target[write] = source[read]!;
    target[write + 1] = source[read + 1]!;
    target[write + 2] = source[read + 2]!;
    target[write + 3] = source[read + 3]!;
    target[write + 4] = source[read + 4]!;
    target[write + 5] = source[read + 5]!;
    target[write + 6] = source[read + 6]!;
    target[write + 7] = source[read + 7]!;
  }
  for (let i = whole; i < count; i++) target[to + i] = source[from + i]!;
}

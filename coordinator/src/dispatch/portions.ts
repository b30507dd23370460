/** Long work that may be interrupted: each value is how much was done since the one before, in calls. */
export type Portions<T> = Generator<number, T, void>;

/** All of it in this turn of the event loop. */
export function atOnce<T>(work: Portions<T>): T {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}

/**
 * With a turn of the event loop, in which anything may happen, after every `callsMax` calls or a few more.
 * Rejects with what the work throws.
 */
export async function inTurns<T>(
  work: Portions<T>,
  turn: () => Promise<void>,
  callsMax: number,
): Promise<T> {
  let calls = 0;
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
    calls += next.value;
    if (calls < callsMax) continue;
    calls = 0;
    await turn();
  }
}

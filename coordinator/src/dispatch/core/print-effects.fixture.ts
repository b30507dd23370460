import type { Effect } from './core-event.ts';

/** Effects as text, for comparing a replay with what happened. */
export function printEffects(effects: readonly Effect[]): string {
  return JSON.stringify(effects, (_, value) => {
    if (typeof value === 'bigint') return value.toString();
    return value === Infinity ? 'Infinity' : value;
  });
}

import { setImmediate } from 'node:timers/promises';

/** Resolves when everything that waited for promises resolved so far has gone on. */
export function settled(): Promise<void> {
  return setImmediate();
}

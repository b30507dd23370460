import { HeliumError } from './helium-error.ts';

/** Guards what only a mistake of ours can break. Throws INVARIANT_BROKEN. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new HeliumError('INVARIANT_BROKEN', message);
}

/** Closes a switch over a union: a new member fails to build until it is handled. */
export function assertNever(value: never): never {
  throw new HeliumError('INVARIANT_BROKEN', `unexpected variant ${JSON.stringify(value)}`);
}

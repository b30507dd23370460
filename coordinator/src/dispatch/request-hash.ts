import { type Canonical, canonicalHash } from '@helium/shared';
import type { CreateRun } from './run-port.ts';

/** 64 hex digits over what a request asks for: all but its id and its trace. */
export function requestHash({ workflow, rows, options }: CreateRun): string {
  return canonicalHash('helium.request.v1', [workflow, rows, options].map(canonicalOf));
}

/** Objects as lists of their fields by name, so that the order in which fields came does not matter. */
function canonicalOf(value: unknown): Canonical {
  if (Array.isArray(value)) return value.map(canonicalOf);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, field]) => field !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return ['object', ...entries.map(([name, field]): Canonical => [name, canonicalOf(field)])];
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return value;
  }
  return value === undefined || value === null ? null : String(value);
}

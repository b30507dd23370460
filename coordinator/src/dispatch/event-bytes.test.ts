import { expect, it } from 'vitest';
import { eventBytes } from './event-bytes.ts';

it('counts texts by their length, and everything else that an event may hold', () => {
  const small = eventBytes({ kind: 'output', row: 1, name: 'o', text: '' });
  expect(eventBytes({ kind: 'output', row: 1, name: 'o', text: 'x'.repeat(1000) })).toBe(
    small + 1000,
  );
  expect(eventBytes({ rows: [1, 2, 3] }) - eventBytes({ rows: [] })).toBe(24);
  expect(eventBytes(new Map([['key', 'text']]))).toBeGreaterThan(eventBytes(new Map()) + 6);
  expect(eventBytes(new Float32Array(10)) - eventBytes(new Float32Array(0))).toBe(40);
  expect(eventBytes({ error: undefined, none: null })).toBeGreaterThan(eventBytes({}));
});

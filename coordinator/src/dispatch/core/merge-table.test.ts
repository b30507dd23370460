import { runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { LiveCall } from './live-call.ts';
import { MergeTable } from './merge-table.ts';

const call = { number: 1 } as LiveCall;
const [r1, r2, r3] = ['r1', 'r2', 'r3'].map(runId) as [never, never, never];

describe('MergeTable', () => {
  it('keeps an answer for as long as a run that asked is live, and no longer', () => {
    const table = new MergeTable();
    table.open('s', 'k', call, r1);
    expect(table.join('s', 'k', r2)).toEqual({ kind: 'call', call });
    table.answer('s', 'k', 'text');
    table.release(r1);
    expect(table.join('s', 'k', r3)).toEqual({ kind: 'text', text: 'text' });
    table.release(r2);
    table.release(r3);
    expect(table.size).toBe(0);
    expect(table.join('s', 'k', r1)).toBeUndefined();
  });

  it('keeps scopes apart and forgets calls that came to nothing', () => {
    const table = new MergeTable();
    table.open('s', 'k', call, r1);
    expect(table.join('t', 'k', r2)).toBeUndefined();
    table.forget('s', 'k');
    expect(table.join('s', 'k', r2)).toBeUndefined();
    table.release(r1);
    table.release(r2);
    expect(table.size).toBe(0);
  });
});

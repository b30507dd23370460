import type { RunEvent, RunEventBody } from '@helium/client';
import { describe, expect, it } from 'vitest';
import { createPlainView } from './plain-view.ts';

const NO_CALLS = { submitted: 0, pruned: 0, merged: 0, cached: 0 };

function linesOf(...bodies: readonly RunEventBody[]): string[] {
  const lines: string[] = [];
  const view = createPlainView((line) => void lines.push(line));
  for (const [i, body] of bodies.entries()) {
    view.event({ cursor: i + 1, atMs: 0, ...body } satisfies RunEvent);
  }
  return lines;
}

describe('createPlainView', () => {
  it('says what maps, conds and loops come to, and counts their calls', () => {
    const llm = (operator: string, calls: number) => ({ operator, kind: 'llm', calls, cached: 0 });
    const expanded = { kind: 'expanded', rows: [0], operators: [] } as const;
    const summary = {
      operators: { ...NO_CALLS, submitted: 1, executed: 0 },
      tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
      seconds: { plan: 0, run: 0 },
      cacheMissReasons: {},
    };
    const finished = { kind: 'callFinished', rows: [0], worker: '', source: 'merged' } as const;
    const tokens = { promptTokens: 0, reusedTokens: 0, outputTokens: 0 };
    expect(
      linesOf(
        { kind: 'planned', summary, operators: [llm('plan', 1)] },
        {
          ...expanded,
          operator: 'notes',
          outcome: { kind: 'map', items: 3, dropped: 2 },
          operators: [llm('notes[0].answer', 1), llm('notes[1].answer', 1)],
          added: { ...NO_CALLS, submitted: 3, merged: 1 },
        },
        { ...finished, operator: 'notes[0].answer', ...tokens },
        {
          ...expanded,
          operator: 'kept',
          rows: [0, 1],
          outcome: { kind: 'cond', branch: 'no' },
          added: { ...NO_CALLS, submitted: 2, pruned: 2 },
        },
        { ...expanded, operator: 'l', outcome: { kind: 'turn', turn: 1 }, added: NO_CALLS },
        {
          ...expanded,
          operator: 'l[1]',
          outcome: { kind: 'ended', turns: 1, by: 'until' },
          added: NO_CALLS,
        },
        {
          ...expanded,
          operator: 'm[3]',
          outcome: { kind: 'ended', turns: 3, by: 'bound' },
          added: NO_CALLS,
        },
      ),
    ).toEqual([
      'planned: 1 LLM call; 0 pruned, 0 merged, 0 cached; 1 to run',
      '  +  notes  row 0  map over 3 items (2 more DROPPED: over its max); 2 more to run',
      '1/3  notes[0].answer  row 0  merged',
      '  +  kept  2 rows  decided: no',
      '  +  l  row 0  turn 1',
      '  +  l[1]  row 0  done after 1 turn',
      '  +  m[3]  row 0  ended by its bound of 3 turns',
    ]);
  });
});

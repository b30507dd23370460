import { HeliumError, operatorId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { Segment } from './operator.ts';
import {
  RENDERED_CHARACTERS_MAX,
  renderArguments,
  renderMessages,
  renderSegments,
} from './render.ts';

const a = operatorId('a');
const segments: readonly Segment[] = [
  { kind: 'text', text: 'Say ' },
  { kind: 'ref', operator: a },
  { kind: 'ref', operator: a },
];
const bindings = new Map([[a, 3]]);
const textOf = (node: number) => (node === 3 ? 'hi' : undefined);

describe('rendering', () => {
  it('replaces every reference by the text of its node', () => {
    expect(renderSegments(segments, bindings, textOf)).toBe('Say hihi');
    const messages = [{ role: 'user' as const, content: segments }];
    expect(renderMessages(messages, bindings, textOf)).toEqual([
      { role: 'user', content: 'Say hihi' },
    ]);
  });

  it('gives arguments by name, whatever the name', () => {
    const args = [{ name: '__proto__', value: segments }];
    const operator = { kind: 'fn', id: operatorId('f'), name: 'f', pure: true, args } as const;
    expect(Object.entries(renderArguments(operator, bindings, textOf))).toEqual([
      ['__proto__', 'Say hihi'],
    ]);
  });

  it('refuses references that are unbound or have no text yet', () => {
    expect(() => renderSegments(segments, new Map(), textOf)).toThrow('"a" is not bound');
    expect(() => renderSegments(segments, new Map([[a, 4]]), textOf)).toThrow('has no text yet');
  });

  it('refuses a text that outgrows the limit, before it is made', () => {
    const half = 'x'.repeat(RENDERED_CHARACTERS_MAX / 2);
    const act = () => renderSegments(segments, bindings, () => half);
    expect(act).toThrow(HeliumError);
    expect(act).toThrow(/has 16777220 characters, at most 16777216/);
  });
});

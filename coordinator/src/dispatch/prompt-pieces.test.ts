import { describe, expect, it } from 'vitest';
import { lowerNaively } from '../optimizer/index.ts';
import { format, input, llm, output, planOf } from '../optimizer/plan-builder.cases.ts';
import { type Operator, RENDERED_CHARACTERS_MAX } from '../plan/index.ts';
import { segmentedMessages } from './prompt-pieces.ts';

/** The pieces of the last call's only message: texts, and the operators of the holes. */
function piecesOf(operators: readonly Operator[], row: Readonly<Record<string, string>> = {}) {
  const { nodes } = lowerNaively(planOf('w', operators, [{ x: 'known', ...row }]));
  const call = nodes.findLastIndex(({ action }) => action.kind === 'call');
  const [message] = segmentedMessages((node) => nodes[node], call);
  return (message?.content ?? []).map((piece) =>
    'text' in piece ? piece.text : nodes[piece.hole]?.operator,
  );
}

/** Formats of formats, each made of the one before. */
const nested = (count: number, text: (before: string) => string) =>
  Array.from({ length: count }, (_, i) => format(`f${i + 1}`, text(`{f${i}}`)));

describe('segmentedMessages', () => {
  const start = [input('x'), llm('a', '', 'Say {x}')];

  it('spells out what is known, opens formats, and leaves holes for what is made later', () => {
    const operators = [...start, format('f', '({a}, {x})'), llm('z', '', 'On {f}.')];
    expect(piecesOf([...operators, output('o', 'z')])).toEqual([
      'On ',
      '(',
      'a',
      ', ',
      'known',
      ')',
      '.',
    ]);
  });

  it('opens formats however deep they are', () => {
    const formats = [format('f0', '{a}'), ...nested(5000, (before) => `${before}.`)];
    const pieces = piecesOf([...start, ...formats, llm('z', '', '{f5000}'), output('o', 'z')]);
    expect(pieces).toEqual(['a', ...Array(5000).fill('.')]);
  });

  it('leaves formats closed that hold more than can be held', () => {
    const formats = [format('f0', '{a}'), ...nested(60, (before) => before + before)];
    const pieces = piecesOf([...start, ...formats, llm('z', '', '{f60}!'), output('o', 'z')]);
    expect(pieces.length).toBeLessThan(40_000);
    expect(pieces.slice(0, 2)).toEqual(['a', 'a']);
    expect(pieces.slice(-2)).toEqual(['f59', '!']);
  });

  it('leaves texts out that are longer together than any prompt', () => {
    const x = 'x'.repeat(RENDERED_CHARACTERS_MAX / 4);
    const z = llm('z', '', '{x}'.repeat(1000));
    const pieces = piecesOf([...start, z, output('a', 'a'), output('o', 'z')], { x });
    expect(pieces.filter((piece) => piece === x)).toHaveLength(5);
    expect(pieces).toHaveLength(1000);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareRun } from '../optimizer/index.ts';
import { CASE_IDENTITIES, input, llm, output, planOf } from '../optimizer/plan-builder.cases.ts';
import { promptTemplate, TemplatedRadixTree } from '../trt/index.ts';
import { CallNames } from './call-names.ts';
import { COLUMNS } from './text-layout.ts';
import { outlineTree } from './tree-outline.ts';

const ROWS = 120;

/** One operator over many rows: a call for every node after the columns. */
const submitted = planOf(
  'wide',
  [input('topic'), llm('answer', 'Be brief.', '{topic}'), output('answer', 'answer')],
  Array.from({ length: ROWS }, (_, i) => ({ topic: String(i) })),
);
const options = { naive: true, disabledRules: [], identities: CASE_IDENTITIES };
const { plan } = prepareRun(submitted, options);
const calls = plan.nodes.flatMap(({ action }, node) => (action.kind === 'call' ? [node] : []));
const names = new CallNames(plan, submitted);

/** A tree of the plan's calls with the given prompts; some go on with another call's output and a text. */
function outline(
  prompts: readonly { tokens: number[]; after: number; rest?: number[] }[],
  isRead = false,
): string[] {
  const tree = new TemplatedRadixTree();
  const textOf = (of: number[]) => ({ kind: 'tokens', tokens: Int32Array.from(of) }) as const;
  for (const [key, { tokens, after, rest = tokens }] of prompts.entries()) {
    const hole = { kind: 'output', call: after } as const;
    const parts = after < key ? [textOf(tokens), hole, textOf(rest)] : [textOf(tokens)];
    tree.insert({ key, template: promptTemplate(parts) });
  }
  const nodeOfKey = new Map(prompts.map((_, key) => [key, calls[key] ?? -1]));
  const decode = (of: Int32Array) => 'word '.repeat(of.length);
  return outlineTree({ tree, nodeOfKey, ...(isRead ? { decode } : {}) }, names)
    .trimEnd()
    .split('\n');
}

/** Parts that are too long to be drawn together. */
const text = (...parts: number[]) =>
  parts.flatMap((part) => Array.from({ length: 20 }, () => part));
const prompt = fc.record({
  tokens: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }),
  after: fc.nat(ROWS - 1),
});

describe('outlineTree', () => {
  it('stays within its lines and columns, however the prompts part', () => {
    fc.assert(
      fc.property(fc.array(prompt, { minLength: 1, maxLength: ROWS }), (prompts) => {
        const lines = outline(prompts);
        expect(lines.length).toBeLessThanOrEqual(80);
        expect(lines.every((line) => line.length <= COLUMNS)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('draws branches of one shape once and names the calls of the others', () => {
    const prompts = Array.from({ length: 5 }, (_, i) => ({
      tokens: [...Array.from({ length: 20 }, () => 9), i, i, i],
      after: ROWS,
    }));
    expect(outline(prompts).slice(4)).toEqual([
      '└─ ×5 20 tokens',
      '   ├─ 3 tokens → answer, row 0',
      '   └─ … and 4 more like it, for answer, rows 1 to 4',
    ]);
  });

  it('wastes no line on a branch that is too wide and ends no call', () => {
    const trunk = Array.from({ length: 8 }, () => 9);
    const prompts = [
      ...trunk.map((_, level) => ({ tokens: text(...trunk.slice(0, level + 1), 1), after: ROWS })),
      { tokens: text(...trunk), after: 0, rest: text(5, 6) },
      { tokens: text(...trunk), after: 0, rest: text(5, 7) },
    ];
    const lines = outline(prompts, true);
    const at = lines.findIndex((line) => line.includes('[answer'));
    expect(lines[at]).toMatch(/^[│ ]*[├└]─ ×2 \[answer\].*…$/);
    expect(lines[at + 1]).toMatch(/^[│ ]*├─ 20 tokens/);
  });

  it('takes branches for alike in whatever order their own branches came', () => {
    const prompts = [
      { tokens: text(9, 1, 5), after: ROWS },
      { tokens: text(9, 1, 6), after: 0 },
      { tokens: text(9, 2, 6), after: ROWS },
      { tokens: text(9, 2, 5), after: 0 },
    ];
    expect(outline(prompts).filter((line) => line.includes('more like it'))).toEqual([
      '   └─ … and 1 more like it, for answer, rows 2 and 3',
    ]);
  });

  it('says what calls are below its last level, where there are any', () => {
    /** Each prompt goes on with what the one before it is. */
    const nested = (levels: number) =>
      Array.from({ length: levels }, (_, level) => ({
        tokens: Array.from({ length: 20 * (level + 1) }, (_, i) => i),
        after: ROWS,
      }));
    expect(outline(nested(10)).filter((line) => line.includes('below:'))).toEqual([]);
    expect(outline(nested(12)).at(-1)?.trim()).toBe('└─ … below: 2 calls: answer, rows 10 and 11');
  });
});

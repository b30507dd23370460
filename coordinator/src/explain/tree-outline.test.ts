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

/** A tree of the plan's calls with the given prompts; some go on with another call's output. */
function outline(prompts: readonly { tokens: number[]; after: number }[]): string[] {
  const tree = new TemplatedRadixTree();
  for (const [key, { tokens, after }] of prompts.entries()) {
    const text = { kind: 'tokens', tokens: Int32Array.from(tokens) } as const;
    const hole = { kind: 'output', call: after } as const;
    tree.insert({ key, template: promptTemplate(after < key ? [text, hole, text] : [text]) });
  }
  const nodeOfKey = new Map(prompts.map((_, key) => [key, calls[key] ?? -1]));
  return outlineTree({ tree, nodeOfKey }, names).trimEnd().split('\n');
}

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

import { describe, expect, it } from 'vitest';
import { RENDERED_CHARACTERS_MAX } from '../plan/index.ts';
import { lowerPlan } from './lower.ts';
import { CASE_IDENTITIES, format, input, output, planOf } from './plan-builder.cases.ts';
import { foldKnownNode } from './rules/fold-known-node.ts';

const context = { identities: CASE_IDENTITIES, cachedTexts: new Map() };

describe('foldKnownNode', () => {
  it('leaves texts that memory would not hold to the run, however often it is applied', () => {
    const quarter = 'x'.repeat(RENDERED_CHARACTERS_MAX / 4 - 1);
    const ids = Array.from({ length: 18 }, (_, i) => `f${String.fromCharCode(97 + i)}`);
    const operators = [
      input('x'),
      ...ids.flatMap((id) => [format(id, `${id}{x}{x}{x}{x}`), output(id, id)]),
    ];
    const lowered = lowerPlan(planOf('big', operators, [{ x: quarter }]), CASE_IDENTITIES);
    const once = foldKnownNode.apply(lowered, context);
    expect(once.changed && once.text).toBe('put together 16 texts');
    expect(foldKnownNode.apply(once.plan, context).changed).toBe(false);
  });

  it('puts together what just fits a text, and nothing longer', () => {
    const quarter = 'x'.repeat(RENDERED_CHARACTERS_MAX / 4 - 1);
    const operators = [
      input('x'),
      ...['fits', 'over'].flatMap((id) => [
        format(id, id === 'fits' ? '{x}{x}{x}{x}four' : '{x}{x}{x}{x}fives'),
        output(id, id),
      ]),
    ];
    const lowered = lowerPlan(planOf('edge', operators, [{ x: quarter }]), CASE_IDENTITIES);
    const { plan } = foldKnownNode.apply(lowered, context);
    const known = plan.nodes.filter(({ action }) => action.kind === 'value');
    expect(known.map(({ operator }) => operator)).toEqual(['x', 'fits']);
  });
});

import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { toProtoPath, withProtoPaths } from './proto-paths.ts';

const OPERATORS = [
  { id: 'a', kind: 'llm' },
  { id: 'f', kind: 'function' },
  { id: 'm', kind: 'map', map: { body: [{ id: 'b', kind: 'llm' }] } },
  {
    id: 'l',
    kind: 'loop',
    loop: {
      body: [{ id: 'c', kind: 'cond', cond: { no: { operators: [{ id: 'd', kind: 'llm' }] } } }],
    },
  },
] as unknown as wire.Operator__Output[];

describe('toProtoPath', () => {
  it.each([
    ['operators[0].messages[1].content[2]', 'operators[0].llm.messages[1].content[2]'],
    ['operators[0].sampling.topK', 'operators[0].llm.sampling.top_k'],
    ['operators[0].maxTokens', 'operators[0].llm.max_tokens'],
    ['operators[0].id', 'operators[0].id'],
    ['operators[1].args[0].name', 'operators[1].function.args[0].name'],
    ['operators[2].body[0].stop[1]', 'operators[2].map.body[0].llm.stop[1]'],
    ['operators[2].body[0].id', 'operators[2].map.body[0].id'],
    ['operators[3].maxTurns', 'operators[3].loop.max_turns'],
    [
      'operators[3].body[0].predicate.startsWith',
      'operators[3].loop.body[0].cond.predicate.starts_with',
    ],
    [
      'operators[3].body[0].no.operators[0].maxTokens',
      'operators[3].loop.body[0].cond.no.operators[0].llm.max_tokens',
    ],
    ['operators[3].body[0].no.operators[0]', 'operators[3].loop.body[0].cond.no.operators[0]'],
    ['operators[9].maxTokens', 'operators[9].maxTokens'],
    ['defaults.sampling.topK', 'defaults.sampling.top_k'],
    ['operators', 'operators'],
    ['rows[3].fields', 'rows[3].fields'],
  ])('makes %s into %s', (own, proto) => {
    expect(toProtoPath(own, OPERATORS)).toBe(proto);
  });

  it('keeps everything else of the error', async () => {
    const faults = [{ field: 'operators[0].stop', message: 'm' }];
    const refused = new HeliumError('WORKFLOW_INVALID', 'bad', { faults, details: { limit: 1 } });
    await expect(withProtoPaths(OPERATORS, () => Promise.reject(refused))).rejects.toMatchObject({
      code: 'WORKFLOW_INVALID',
      message: 'bad',
      faults: [{ field: 'operators[0].llm.stop', message: 'm' }],
      details: { limit: 1 },
    });
  });
});

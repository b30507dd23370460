import { describe, expect, it } from 'vitest';
import { join, text } from './text.ts';
import { workflow } from './workflow-builder.ts';

describe('workflow', () => {
  it('turns template literals with handles into segments', () => {
    const flow = workflow({ name: 'w', inputs: ['doc'] }, (w, { doc }) => {
      const summary = w.llm('summary', {
        system: 'Be short.',
        user: text`Summarize: ${doc}!`,
        maxTokens: 9,
      });
      return { answer: summary };
    });
    expect(flow.outputs).toEqual(['answer']);
    expect(flow.message.operators?.map((o) => o.id)).toEqual(['doc', 'summary', 'output.answer']);
    expect(flow.message.operators?.[1]?.llm).toMatchObject({
      maxTokens: 9,
      messages: [
        { role: 'ROLE_SYSTEM', content: [{ text: 'Be short.' }] },
        { role: 'ROLE_USER', content: [{ text: 'Summarize: ' }, { ref: 'doc' }, { text: '!' }] },
      ],
    });
  });

  it('takes columns and outputs of any name', () => {
    const inputs = ['first name', '__proto__', 'x'] as const;
    const flow = workflow({ name: 'w', inputs }, (w, row) => {
      const columns = inputs.map((column) => row[column]);
      const answer = w.format('answer', join(columns, ' '));
      return { x: answer, réponse: answer, ['o'.repeat(122)]: answer };
    });
    expect(flow.message.operators?.map(({ id, output, input }) => [id, output ?? input])).toEqual([
      ['input-1', { field: 'first name' }],
      ['input-2', { field: '__proto__' }],
      ['x', { field: 'x' }],
      ['answer', undefined],
      ['output.x', { name: 'x', value: 'answer' }],
      ['output-2', { name: 'réponse', value: 'answer' }],
      ['output-3', { name: 'o'.repeat(122), value: 'answer' }],
    ]);
    const content = ['input-1', ' ', 'input-2', ' ', 'x'].map((part, i) =>
      i % 2 === 0 ? { ref: part } : { text: part },
    );
    expect(flow.message.operators?.[3]?.format?.content).toEqual(content);
  });

  it('drops the indentation that the lines of a template share', () => {
    const doc = { id: 'doc', kind: 'input' };
    const { segments } = text`
      First:
        ${doc}

      Last.
    `;
    expect(segments).toEqual([{ text: 'First:\n  ' }, { ref: 'doc' }, { text: '\n\nLast.' }]);
  });

  it('joins texts and merges neighbouring literals', () => {
    const a = { id: 'a', kind: 'llm' };
    expect(join([text`A: ${a}`, 'B'], ' | ').segments).toEqual([
      { text: 'A: ' },
      { ref: 'a' },
      { text: ' | B' },
    ]);
  });

  it('puts the body of a map in an operator of its own scope', () => {
    const flow = workflow({ name: 'w', inputs: [] }, (w) => ({
      all: w.map('parts', ['x', 'y'], (item, inner) => inner.llm('part', { user: item })),
    }));
    expect(flow.message.operators?.[0]?.map).toMatchObject({
      items: ['x', 'y'],
      item: 'parts.item',
      result: 'part',
      body: [{ id: 'part' }],
    });
  });

  it('refuses numbers that the wire would wrap or cut, by operator, value and limit', () => {
    const build = (options: object) => () =>
      workflow({ name: 'w', inputs: [] }, (w) => ({ a: w.llm('a', { user: 'x', ...options }) }));
    expect(build({ maxTokens: -1 })).toThrow(
      'operator "a": maxTokens is -1, takes whole numbers 1',
    );
    expect(build({ samples: 1.5 })).toThrow('operator "a": samples is 1.5, takes');
    expect(build({ sampling: { topK: 2 ** 32 } })).toThrow(
      'operator "a": topK is 4294967296, takes',
    );
    expect(build({ sampling: { seed: 2 ** 60 } })).toThrow(
      'operator "a": seed is 1152921504606847000',
    );
    // On the wire 0 stands for their defaults.
    expect(build({ sampling: { topP: 0 } })).toThrow('operator "a": topP is 0, takes above 0 to 1');
    expect(build({ sampling: { repetitionPenalty: 0 } })).toThrow(
      'repetitionPenalty is 0, takes 1',
    );
    const { message } = build({ sampling: { seed: 2n ** 60n } })();
    expect(message.operators?.[0]?.llm?.sampling?.seed).toBe('1152921504606846976');
  });

  it('refuses values in texts that are none, saying where', () => {
    const row: { readonly [column: string]: { id: string; kind: 'input' } } = {};
    expect(() => text`Answer this: ${row.questoin as never}!`).toThrow(
      'the value after "Answer this: " is undefined: neither a text nor the handle of an operator',
    );
    expect(() => text`${3 as never}`).toThrow('the value after "" is 3');
  });

  it('refuses a call without any message by its name', () => {
    const build = () => workflow({ name: 'w', inputs: [] }, (w) => ({ a: w.llm('empty', {}) }));
    expect(build).toThrow('operator "empty": needs system, messages or user; has none');
  });
});

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

  it('refuses a call without any message by its name', () => {
    const build = () => workflow({ name: 'w', inputs: [] }, (w) => ({ a: w.llm('empty', {}) }));
    expect(build).toThrow('operator "empty": needs system, messages or user; has none');
  });
});

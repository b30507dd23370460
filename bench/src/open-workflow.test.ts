import { text, workflow } from '@helium/client';
import { describe, expect, it } from 'vitest';
import { distinctPrompts, openWorkflow } from './open-workflow.ts';

const seeded = { temperature: 1, seed: 7 };
const asked = workflow({ name: 'asked', inputs: ['topic'] }, (w, { topic }) => {
  const first = w.llm('first', { system: 'Brief.', user: text`About ${topic}` });
  const same = w.llm('same', { system: 'Brief.', user: text`About ${topic}` });
  const other = w.llm('other', { user: text`${first} ${same}`, sampling: seeded });
  const chance = w.llm('chance', { user: 'Hi', sampling: { temperature: 1 } });
  return { answer: w.format('both', text`${other} ${chance}`) };
});

describe('openWorkflow', () => {
  it('gives every operator out under its id, and nothing else', () => {
    const opened = openWorkflow(asked);
    expect(opened.outputs).toEqual(['topic', 'first', 'same', 'other', 'chance', 'both']);
    const outputs = opened.message.operators?.flatMap(({ output }) => output?.value ?? []);
    expect(outputs).toEqual(opened.outputs);
  });

  it('refuses a map by its id', () => {
    const mapped = workflow({ name: 'm', inputs: [] }, (w) => ({
      all: w.map('each', ['a'], (item, body) => body.llm('say', { user: item })),
    }));
    expect(() => openWorkflow(mapped)).toThrow('operator "each"');
  });
});

describe('distinctPrompts', () => {
  it('renders with the texts of the row, equal deterministic calls once', () => {
    const texts = { topic: 'cats', first: 'A', same: 'A', other: 'B', chance: 'C', both: 'B C' };
    const dogs = { ...texts, topic: 'dogs' };
    expect(distinctPrompts(openWorkflow(asked), [texts, texts, dogs])).toEqual([
      [
        { role: 'system', content: 'Brief.' },
        { role: 'user', content: 'About cats' },
      ],
      [{ role: 'user', content: 'A A' }],
      [{ role: 'user', content: 'Hi' }],
      [{ role: 'user', content: 'Hi' }],
      [
        { role: 'system', content: 'Brief.' },
        { role: 'user', content: 'About dogs' },
      ],
      [{ role: 'user', content: 'Hi' }],
    ]);
  });
});

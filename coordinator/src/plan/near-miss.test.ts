import { describe, expect, it } from 'vitest';
import { nearMiss } from './near-miss.ts';

describe('nearMiss', () => {
  it.each(['quesiton', 'questin', 'questionn', 'Question', 'qeustion', 'uestion', 'question'])(
    'takes %j for a slip of "question"',
    (written) => {
      expect(nearMiss(written, ['answer', 'question'])).toBe('question');
    },
  );

  it.each(['qestoin', 'que', 'questionary', 'noitseuq', ''])(
    'does not take %j for one',
    (written) => {
      expect(nearMiss(written, ['answer', 'question'])).toBeUndefined();
    },
  );

  it('is not misled by letters that repeat, where what begins alike and ends alike overlaps', () => {
    expect(nearMiss('aaa', ['a', 'aa'])).toBe('aa');
    expect(nearMiss('abab', ['ab', 'aabb'])).toBe('aabb');
  });

  it('gives the first of several', () => {
    expect(nearMiss('b', ['a', 'c'])).toBe('a');
  });
});

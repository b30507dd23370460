import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextStream } from './text-stream.ts';

/** A decoder whose tokens are the given pieces of text. */
const decoderOf = (pieces: readonly string[]) => ({
  push: (token: number) => pieces[token]!,
  end: () => '',
});

function play(pieces: readonly string[], stop: readonly string[]) {
  const stream = new TextStream(decoderOf(pieces), stop);
  const deltas: string[] = [];
  for (const token of pieces.keys()) {
    stream.push(token);
    deltas.push(stream.takeDelta().text);
    if (stream.isStopped) break;
  }
  stream.end();
  deltas.push(stream.takeDelta().text);
  return { text: stream.text, deltas, isStopped: stream.isStopped };
}

describe('TextStream', () => {
  it('ends before a stop string that spans tokens', () => {
    expect(play(['abc E', 'N', 'D def'], ['END'])).toEqual({
      text: 'abc ',
      deltas: ['abc ', '', '', ''],
      isStopped: true,
    });
  });

  it('withholds what may start a stop string, until it does not', () => {
    expect(play(['a##', 'b##'], ['###'])).toEqual({
      text: 'a##b##',
      deltas: ['a', '##b', '##'],
      isStopped: false,
    });
  });

  it('takes the stop string that is complete first, the longer of two that end together', () => {
    expect(play(['xabcd'], ['abcd', 'bc']).text).toBe('xa');
    expect(play(['xabc'], ['bc', 'abc']).text).toBe('x');
  });

  it('gives offsets in UTF-16 units', () => {
    const stream = new TextStream(decoderOf(['😀', 'b']), []);
    stream.push(0);
    expect(stream.takeDelta()).toEqual({ offset: 0, text: '😀' });
    stream.push(1);
    expect(stream.takeDelta()).toEqual({ offset: 2, text: 'b' });
  });

  it('gives the same text however the tokens are cut, and deltas that add up to it', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    const stops = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(letters, stops, fc.array(fc.nat(30)), (text, stop, cuts) => {
        const places = [...new Set([0, ...cuts, text.length])]
          .filter((place) => place <= text.length)
          .sort((a, b) => a - b);
        const pieces = places.map((place, i) => text.slice(place, places[i + 1] ?? text.length));
        const played = play(pieces, stop);
        expect(played.text).toBe(naiveText(text, stop));
        expect(played.deltas.join('')).toBe(played.text);
      }),
      { numRuns: 500 },
    );
  });
});

/** Letter by letter: the text before the first stop string to be complete. */
function naiveText(text: string, stop: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const found = stop.filter((s) => text.slice(0, end).endsWith(s));
    if (found.length > 0) return text.slice(0, end - Math.max(...found.map((s) => s.length)));
  }
  return text;
}
